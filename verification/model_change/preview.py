"""Ask a candidate model again what was asked before. Runs in a process that serves the candidate.

Nothing stored is compared: the candidate finds and embeds its own faces in the stored photos, those
of the gallery included. So embeddings of two models never meet.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from .. import engine
from ..comparisons.models import Verification
from ..gallery.models import Anchor, Person
from ..gallery.worker import read
from ..photos.storage import FileUnreadable
from .models import ModelPreview, PreviewedVerdict

Kind = Verification.Kind
Outcome = PreviewedVerdict.Outcome

KINDS = (Kind.PAIR, Kind.PERSON, Kind.IDENTIFY)
KEPT = 3  # previews; older ones go


@dataclass(frozen=True)
class Answer:
    """What the candidate says of one verdict."""

    outcome: str
    similarity: float | None = None
    name: str = ""
    detail: str = ""


GONE = Answer(Outcome.SKIPPED, detail="The photos it was compared with are gone.")


def last_verdicts(*, last: int, owner=None) -> list[Verification]:
    """The newest verdicts on two photos, on a person and on the gallery; of one owner or of all."""
    rows = Verification.objects.filter(state=Verification.State.DONE, kind__in=KINDS)
    if owner is not None:
        rows = rows.filter(owner=owner)
    return list(rows.order_by("-created_at", "-id")[:last])


def preview(
    *, rows: list[Verification], model: dict, told: Callable[[int], None] = lambda _n: None
) -> ModelPreview:
    """Ask the model that this process serves about each of these verdicts, and store its answers.
    `told` is called with the number done."""
    made = ModelPreview.objects.create(
        model_name=model["name"], model_version=model["version"], model_sha256=model["sha256"]
    )
    candidate = _Candidate()
    for number, row in enumerate(rows, 1):
        answer = candidate.answer(row)
        if Verification.objects.filter(pk=row.pk).exists():  # not deleted meanwhile
            PreviewedVerdict.objects.create(
                preview=made,
                verification=row,
                outcome=answer.outcome,
                similarity=answer.similarity,
                name=answer.name,
                detail=answer.detail[:200],
                changed=_is_changed(row, answer),
            )
        told(number)
    made.finished_at = timezone.now()
    made.save(update_fields=["finished_at"])
    old = ModelPreview.objects.order_by("-created_at", "-id")[KEPT:]
    ModelPreview.objects.filter(pk__in=[each.pk for each in old]).delete()
    return made


def _is_changed(row: Verification, answer: Answer) -> bool:
    if answer.outcome == Outcome.SKIPPED:
        return False
    before = row.candidates[0]["name"] if row.candidates else ""
    other_name = row.outcome == "match" and row.kind == Kind.IDENTIFY and answer.name != before
    return answer.outcome != row.outcome or other_name


class _Candidate:
    """The model of this process, with the faces it has looked at already."""

    def __init__(self):
        self._embeddings: dict = {}  # of anchors, by id; None for one it refuses

    def answer(self, row: Verification) -> Answer:
        try:
            ask = {Kind.PAIR: self._pair, Kind.PERSON: self._person, Kind.IDENTIFY: self._identify}
            return ask[row.kind](row)
        except engine.ImageRefused as refusal:
            return Answer(Outcome.REFUSED, detail=refusal.detail)
        except (FileNotFoundError, FileUnreadable):
            return Answer(Outcome.SKIPPED, detail="A photo is gone or cannot be read.")
        except engine.RateUnknown:
            odds = engine.odds(row.false_match_rate)
            return Answer(Outcome.SKIPPED, detail=f"The model does not offer {odds}.")
        except engine.ArtifactError as error:
            return Answer(Outcome.SKIPPED, detail=error.detail)  # not calibrated for people

    def _pair(self, row: Verification) -> Answer:
        verdict = engine.compare(
            read(row.probe_image),
            read(row.reference_image),
            false_match_rate=row.false_match_rate,
            probe_face=row.probe_face,
            reference_face=row.reference_face,
        )
        return _answer(verdict.decision)

    def _person(self, row: Verification) -> Answer:
        ids = [score["anchor_id"] for score in row.anchor_scores]
        anchors = Anchor.objects.filter(pk__in=ids, owner=row.owner_id)
        found = self._embedded(anchors)
        if not found:
            return GONE
        probe = self._probe(row)
        verdict = (
            engine.gallery()
            .under(probe.conditions)
            .decide(probe.embedding, np.stack([e for _person, e in found]), row.false_match_rate)
        )
        return _answer(verdict.decision)

    def _identify(self, row: Verification) -> Answer:
        gallery = engine.gallery()
        of_person: dict = {}
        for person, embedding in self._embedded(Anchor.objects.filter(owner=row.owner_id)):
            of_person.setdefault(person, []).append(embedding)
        if not of_person:
            return GONE
        probe = self._probe(row)
        (best,) = gallery.under(probe.conditions).search(
            probe.embedding,
            np.stack([engine.template(np.stack(rows)) for rows in of_person.values()]),
            np.array([len(rows) for rows in of_person.values()]),
            false_match_rate=row.false_match_rate,
            limit=1,
        )
        name = ""
        if best.decision.outcome == Outcome.MATCH:
            person = Person.objects.filter(pk=list(of_person)[best.row]).first()
            name = person.name if person else ""
        return _answer(best.decision, name)

    def _probe(self, row: Verification) -> engine.Look:
        return engine.look(read(row.probe_image), face_index=row.probe_face)

    def _embedded(self, anchors) -> list[tuple]:
        """(person, embedding) of each of these anchors whose face the candidate can use."""
        for anchor in anchors.exclude(pk__in=list(self._embeddings)).defer("embedding"):
            try:
                look = engine.look(read(anchor.image), face_index=anchor.face_index)
                self._embeddings[anchor.pk] = look.embedding
            except (engine.ImageRefused, FileNotFoundError, FileUnreadable):
                self._embeddings[anchor.pk] = None
        found = anchors.order_by("pk").values_list("pk", "person_id")
        return [
            (person, self._embeddings[pk])
            for pk, person in found
            if self._embeddings.get(pk) is not None
        ]


def _answer(decision, name: str = "") -> Answer:
    return Answer(str(decision.outcome), round(decision.similarity, 6), name)
