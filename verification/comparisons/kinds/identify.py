"""Who of the gallery is in a photo?"""

from dataclasses import replace
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.index import GalleryIndex
from ...gallery.locks import lock
from ...gallery.models import Anchor, Person, consent_ended
from ...gallery.worker import read
from ...jobs.claims import Claim, end_refused
from ..models import Verification
from ..outcome import end_with_verdict
from ..pages import submission_view
from .base import (
    INCONCLUSIVE,
    MATCH,
    NO_MATCH,
    EmbedAnchors,
    Kind,
    Link,
    SecondOpinion,
    conditions_of,
)
from .gallery_search import GALLERY_EMPTY, GallerySearch

CANDIDATES = 10


class Identify(GallerySearch):
    """Search the whole gallery for one photo."""

    name = "identify"
    label = gettext_lazy("a photo and the gallery")
    template = "comparisons/identify.html"
    setting = gettext_lazy(
        "photos of strangers would be called a match with anyone in your gallery."
    )
    subject = gettext_lazy("{name} in the gallery")
    headlines = {
        MATCH: gettext_lazy("Probably {name}"),
        NO_MATCH: gettext_lazy("No one in your gallery"),
        INCONCLUSIVE: gettext_lazy("Cannot tell; perhaps {name}"),
    }
    doubt = gettext_lazy("Cannot tell whether it is {name}")
    right = Kind.right | {
        MATCH: gettext_lazy("that person"),
        NO_MATCH: gettext_lazy("nobody I have"),
    }
    wrong = Kind.wrong | {
        MATCH: gettext_lazy("somebody else"),
        NO_MATCH: gettext_lazy("somebody I have"),
    }
    endpoint = "api:identification-list"
    can_ask_again = True

    def urls(self) -> list[URLPattern]:
        return [path("identify/", submission_view, {"kind": self}, name="identify")]

    def search(self, claim: Claim[Verification], index: GalleryIndex) -> bool:
        row = claim.row
        verdict = engine.search(
            read(row.probe_image),
            index,
            false_match_rate=row.false_match_rate,
            face_index=row.probe_face,
            limit=CANDIDATES,
            thresholds=thresholds_of(row.owner_id, row.gallery_id),
        )
        with transaction.atomic():
            # Locked: nobody who is erased at this moment is named afterwards.
            people = lock(*(candidate.id for candidate in verdict.candidates))
            there = [
                (people[candidate.id], candidate)
                for candidate in verdict.candidates
                if candidate.id in people  # not deleted a moment ago
            ]
            if not there:
                return end_refused(claim, GALLERY_EMPTY)
            best = there[0][1].decision
            return end_with_verdict(
                claim,
                replace(verdict, decision=best),
                candidates=[_candidate(person, candidate) for person, candidate in there],
            )

    def ask_again(self, row: Verification, embed_anchors: EmbedAnchors) -> SecondOpinion | None:
        of_person: dict[Any, list[np.ndarray]] = {}
        for person, embedding in embed_anchors(_comparable(row)):
            of_person.setdefault(person, []).append(embedding)
        if not of_person:
            return None
        people = engine.Shortlist(
            list(of_person),
            list(of_person),
            np.stack([engine.template(np.stack(rows)) for rows in of_person.values()]),
            np.array([len(rows) for rows in of_person.values()]),
            size=len(of_person),
        )
        verdict = engine.search(
            read(row.probe_image),
            people,
            false_match_rate=row.false_match_rate,
            face_index=row.probe_face,
            limit=1,
        )
        (best,) = verdict.candidates
        named = None
        if best.decision.outcome == MATCH:
            named = Person.objects.filter(pk=best.id).first()
        return SecondOpinion(best.decision, named.name if named else "")

    def points(
        self, row: Verification, thresholds: engine.OwnThresholds
    ) -> tuple[engine.OperatingPoint, ...]:
        best = row.candidates[0] if row.candidates else {}
        if not best.get("searched"):
            return ()
        return engine.points_of_search(
            row.model_sha256,
            conditions_of(row, "probe"),
            anchors=best["photos"],
            candidates=best["searched"],
            thresholds=thresholds,
        )

    def person_id(self, row: Verification) -> str | None:
        if not row.candidates or row.outcome == NO_MATCH:
            return None
        return row.candidates[0]["person_id"]

    def whom(self, row: Verification) -> str:
        return self.person_named(row)

    def found(self, row: Verification) -> str:
        words = {MATCH: "{name}", INCONCLUSIVE: gettext("perhaps {name}")}
        return words.get(row.outcome, "").format(name=self.person_named(row))

    def again(self, row: Verification) -> Link:
        return Link(gettext("Identify another photo"), reverse("identify"))


IDENTIFY = Identify()


def _comparable(row: Verification) -> QuerySet[Anchor]:
    anchors = Anchor.objects.filter(gallery=row.gallery_id, person__isnull=False)
    return anchors.exclude(consent_ended("person__"))


def _candidate(person: Person, candidate: engine.Candidate) -> dict[str, Any]:
    """`photos` of the person, and how many people were `searched`: both decide on the threshold."""
    return {
        "person_id": str(person.pk),
        "name": person.name,
        "similarity": candidate.decision.similarity,
        "probability": candidate.decision.probability,
        "outcome": candidate.decision.outcome,
        "photos": candidate.photos,
        "searched": candidate.searched,
    }
