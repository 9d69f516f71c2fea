"""Ask a candidate model again what was asked before. Runs in a process that serves the candidate.

Nothing stored is compared: the candidate finds and embeds its own faces in the stored photos, those
of the gallery included. So embeddings of two models never meet.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone, translation

from .. import engine
from ..comparisons.kinds.registry import KINDS, kind_of
from ..comparisons.models import Verification
from ..gallery.worker import read
from ..photos.storage import FileUnreadable
from ..text.sentences import sentence
from .models import ModelPreview, PreviewedVerdict

PHOTO_GONE = sentence("A photo is gone or cannot be read.")
NOT_OFFERED = sentence("The model does not offer %(odds)s.")

Outcome = PreviewedVerdict.Outcome

KEPT = 3  # previews; older ones go


@dataclass(frozen=True)
class Answer:
    """What the candidate says of one verdict."""

    outcome: str
    similarity: float | None = None
    name: str = ""
    detail: str = ""


GONE = Answer(Outcome.SKIPPED, detail=sentence("The photos it was compared with are gone."))


def last_verdicts(*, last: int, owner=None) -> list[Verification]:
    """The newest verdicts on two photos, on a person and on the gallery; of one owner or of all."""
    kinds = [name for name, kind in KINDS.items() if kind.can_ask_again]
    rows = Verification.objects.filter(state=Verification.State.DONE, kind__in=kinds)
    rows = rows.filter(photos_erased_at=None)
    if owner is not None:
        rows = rows.filter(owner=owner)
    return list(rows.order_by("-created_at", "-id")[:last])


@translation.override(None)  # what it writes is stored
def preview(
    *,
    rows: list[Verification],
    model: engine.ModelIdentity,
    on_progress: Callable[[int], None] = lambda _n: None,
) -> ModelPreview:
    """Ask the model that this process serves about each of these verdicts, and store its answers.
    `on_progress` is called with the number done."""
    made = ModelPreview.objects.create(
        model_name=model.name, model_version=model.version, model_sha256=model.sha256
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
        on_progress(number)
    made.finished_at = timezone.now()
    made.save(update_fields=["finished_at"])
    old = ModelPreview.objects.order_by("-created_at", "-id")[KEPT:]
    ModelPreview.objects.filter(pk__in=[each.pk for each in old]).delete()
    return made


def _is_changed(row: Verification, answer: Answer) -> bool:
    if answer.outcome == Outcome.SKIPPED:
        return False
    other_name = (
        row.outcome == "match" and row.candidates and row.candidates[0]["name"] != answer.name
    )
    return answer.outcome != row.outcome or bool(other_name)


class _Candidate:
    """The model of this process, with the faces it has looked at already."""

    def __init__(self):
        self._embeddings: dict = {}  # of anchors, by id; None for one it refuses

    def answer(self, row: Verification) -> Answer:
        try:
            opinion = kind_of(row).ask_again(row, self._embedded)
        except engine.ImageRefused as refusal:
            return Answer(Outcome.REFUSED, detail=refusal.detail)
        except (FileNotFoundError, FileUnreadable):
            return Answer(Outcome.SKIPPED, detail=PHOTO_GONE)
        except engine.RateUnknown:
            odds = engine.odds(row.false_match_rate)
            return Answer(Outcome.SKIPPED, detail=NOT_OFFERED % {"odds": odds})
        except engine.ArtifactError as error:
            return Answer(Outcome.SKIPPED, detail=error.detail)  # not calibrated for people
        if opinion is None:
            return GONE
        decision = opinion.decision
        return Answer(decision.outcome, decision.similarity, opinion.name)

    def _embedded(self, anchors) -> list[tuple]:
        """(person, embedding) of each of these anchors whose face the candidate can use; of an embedding
        that was sent in it has no photo."""
        anchors = anchors.filter(is_numbers=False)
        for anchor in anchors.exclude(pk__in=list(self._embeddings)).defer("embedding"):
            try:
                face = engine.embed_face(read(anchor.image), face_index=anchor.face_index)
                self._embeddings[anchor.pk] = face.embedding
            except (engine.ImageRefused, FileNotFoundError, FileUnreadable):
                self._embeddings[anchor.pk] = None
        found = anchors.order_by("pk").values_list("pk", "person_id")
        return [
            (person, self._embeddings[pk])
            for pk, person in found
            if self._embeddings.get(pk) is not None
        ]
