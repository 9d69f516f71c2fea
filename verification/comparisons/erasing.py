"""Erasing photos, faces and names while the verdict stays, with its numbers."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils import timezone

from ..gallery.locks import slices
from ..jobs.files import delete_unnamed_files
from ..photos.storage import private_files
from .compared_photos import SearchPhoto
from .models import Verification
from .selectors import faces_named

PHOTOS = ("probe_image", "reference_image")
CROPS = ("probe_crop", "reference_crop")
NAMING = [
    "person", "person_name", "anchor_scores", "candidates", "named_faces", "name_erased_at", "erased_why",
]  # fmt: skip
NO_MATCH = Verification.Outcome.NO_MATCH.value
ANEW = timedelta(days=2)  # for so long files left behind by a lost process are looked for

# Photos or faces of the verdicts `ids` are being erased: sent in the transaction that does it.
pictures_erased = Signal()


def has_photos() -> Q:
    """The condition that a verification has photos to erase."""
    return Q(photos_erased_at=None) & (~Q(probe_image="") | ~Q(reference_image=""))


def has_crops() -> Q:
    """The condition that a verification has aligned faces to erase."""
    found = ~Q(probe_crop="") | ~Q(reference_crop="")
    return Q(crops_erased_at=None) & (found | Q(photos__crop__gt=""))


def photos_erase(ids: Iterable[UUID], *, why: str) -> dict[str, int]:
    """Erase the photos of finished verifications, and what was measured in them: boxes, landmarks,
    quality. {"photos": how many files, "verdicts_without_photos": of how many rows}."""
    cleared: dict[str, Any] = {"faces": {}, "refusal_faces": []}
    return _erase(ids, PHOTOS, "image", "photos_erased_at", cleared, why)


def crops_erase(ids: Iterable[UUID], *, why: str) -> dict[str, int]:
    """Erase the aligned faces of finished verifications, as `photos_erase`."""
    return _erase(ids, CROPS, "crop", "crops_erased_at", {}, why)


def prune_erased_files() -> int:
    """Delete the files that a process which was killed left behind after it had erased photos or
    faces; their number."""
    since = timezone.now() - ANEW
    erased = Q(photos_erased_at__gte=since) | Q(crops_erased_at__gte=since)
    rows = Verification.objects.filter(erased).values_list("pk", flat=True)
    return sum(delete_unnamed_files(Verification, pk) for pk in list(rows))


def _erase(
    ids: Iterable[UUID],
    fields: tuple[str, ...],
    of_photo: str,
    told: str,
    cleared: dict[str, Any],
    why: str,
) -> dict[str, int]:
    files = rows = 0
    for part in slices(list(ids)):
        found = Verification.objects.filter(pk__in=part, state__in=Verification.FINISHED)
        locked = list(found.select_for_update().order_by("pk"))
        names = [getattr(row, field).name for row in locked for field in fields]
        searched = SearchPhoto.objects.filter(verification__in=locked)
        names += searched.values_list(of_photo, flat=True)
        searched.update(
            **{of_photo: "", f"{of_photo}_bytes": 0} | ({"face": {}} if of_photo == "image" else {})
        )
        Verification.objects.filter(pk__in=[row.pk for row in locked]).update(
            **dict.fromkeys(fields, ""),
            **{f"{field}_bytes": 0 for field in fields},
            **cleared,
            **{told: timezone.now(), "erased_why": why},
        )
        pictures_erased.send(sender=Verification, ids=[row.pk for row in locked])
        gone = [name for name in names if name]
        transaction.on_commit(partial(_delete, gone))
        files, rows = files + len(gone), rows + len(locked)
    kind = "photos" if of_photo == "image" else "crops"
    return {kind: files, f"verdicts_without_{kind}": rows}


def _delete(names: Iterable[str]) -> None:
    for name in names:
        private_files().delete(name)


class VerdictsOfPerson:
    """The verdicts that concern a person, by what happens to them when the person is erased
    everywhere.

    `unfinished`: comparisons with the person that still wait. `shown`: verdicts whose photos were
    compared with the person's, or said to show the person, or not to be clearly somebody else.
    `named`: all that name the person, or one of the person's photos.
    """

    def __init__(self, *, owners: Iterable[UUID], person: UUID, anchors: Iterable[UUID]):
        self.person, self.anchors = str(person), {str(pk) for pk in anchors}
        self.unfinished: list[UUID] = []
        self.shown: list[UUID] = []
        self.named: list[UUID] = []
        rows = Verification.objects.filter(owner__in=list(owners))
        waiting = rows.filter(person=person).exclude(state__in=Verification.FINISHED)
        self.unfinished += waiting.values_list("pk", flat=True)
        listing = rows.filter(state__in=Verification.FINISHED).filter(
            Q(person=person) | ~Q(candidates=[]) | ~Q(named_faces=[]) | ~Q(anchor_scores=[])
        )
        columns = ("person_id", "candidates", "named_faces", "anchor_scores")
        for row in listing.order_by().only(*columns).iterator(chunk_size=500):
            entries, scored = self._entries(row), self._is_scored(row)
            likely = any(entry["outcome"] != NO_MATCH for entry in entries)
            if self._is_about(row) or likely:
                self.shown.append(row.pk)
            if self._is_about(row) or entries or scored:
                self.named.append(row.pk)

    def erase_names(self) -> int:
        """Take the name, the ids and the scores of single photos out of these verdicts; their
        number."""
        for part in slices(self.named):
            found = Verification.objects.filter(pk__in=part).select_for_update().order_by("pk")
            for row in found:
                self._forget(row)
                row.save(update_fields=NAMING)
        return len(self.named)

    def _forget(self, row: Verification) -> None:
        if self._is_about(row):
            row.person_id, row.person_name, row.anchor_scores = None, "", []
        scores = row.anchor_scores
        row.anchor_scores = [score for score in scores if score["anchor_id"] not in self.anchors]
        for entry in self._entries(row):
            entry |= {"person_id": None, "name": ""}
        row.name_erased_at = timezone.now()
        row.erased_why = Verification.Erasure.PERSON

    def _is_about(self, row: Verification) -> bool:
        """Of somebody who is deleted but can still be brought back, only the photos are known."""
        if row.person_id is None:
            return self._is_scored(row)
        return str(row.person_id) == self.person

    def _is_scored(self, row: Verification) -> bool:
        return any(score["anchor_id"] in self.anchors for score in row.anchor_scores)

    def _entries(self, row: Verification) -> list[dict[str, Any]]:
        people = (*row.candidates, *faces_named(row))
        return [entry for entry in people if entry["person_id"] == self.person]
