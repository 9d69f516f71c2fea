"""The entries of the history as they are shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from accounts.models import User

from ..batches.models import Batch
from ..batches.selectors import batch_list
from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.models import Verification
from ..comparisons.presentation import Result
from ..comparisons.selectors import verification_list
from ..gallery.models import Person
from .selectors import NO_MATCH, compared_photos, people_with_cover

MATCH = Verification.Outcome.MATCH.value
FACES = 2  # shown of one entry


@dataclass(frozen=True)
class Face:
    url: str
    side: str  # whose colour frames it: probe or reference


@dataclass(frozen=True)
class Entry:
    """A comparison or a batch."""

    pk: UUID
    name: str  # of the checkbox that selects it
    title: str
    at: datetime
    url: str
    delete_url: str
    status: str
    label: str
    figure: str = ""  # how sure, or how far
    found: str = ""  # who was found, or where
    files: str = ""
    review: str = ""
    faces: tuple[Face, ...] = ()


def entries_shown(
    *, owner: User, keys: Iterable[tuple[UUID, datetime | None, bool]]
) -> list[Entry]:
    """The entries of these keys, in their order. The number of queries does not depend on that of the keys."""
    rows = list(keys)
    ids = [pk for pk, _at, is_batch in rows if not is_batch]
    batches = [pk for pk, _at, is_batch in rows if is_batch]
    shown: dict[UUID, Entry] = {}
    if ids:
        shown |= _comparisons(owner, verification_list(owner=owner).filter(pk__in=ids))
    if batches:
        shown |= {row.pk: _batch(row) for row in batch_list(owner=owner).filter(pk__in=batches)}
    return [shown[pk] for pk, _at, _is_batch in rows if pk in shown]  # none deleted a moment ago


def _comparisons(owner: User, rows: QuerySet[Verification]) -> dict[UUID, Entry]:
    found = list(rows)
    people = people_with_cover(owner=owner, ids=(id for row in found for id in _named(row)))
    photos = compared_photos(owner=owner, ids=[row.pk for row in found if row.kind == "photos"])
    return {row.pk: _comparison(row, people, photos.get(row.pk, [])) for row in found}


def _comparison(row: Verification, people: dict[str, Person], photos: list[SearchPhoto]) -> Entry:
    result = Result(row)
    names = f" {gettext('and')} ".join(
        name for name in (row.probe_name, row.reference_name) if name
    )
    return Entry(
        pk=row.pk,
        name="ids",
        title=result.name,
        at=row.created_at,
        url=reverse("verification_detail", args=[row.pk]),
        delete_url=reverse("verification_delete", args=[row.pk]),
        status=result.status,
        label=result.label,
        figure=result.confidence if row.outcome else "",
        found=_in_photos(photos) if photos else result.found,
        files=names if row.title else "",
        review=row.review.get_answer_display() if hasattr(row, "review") else "",
        faces=tuple(_faces(row, people, photos)[:FACES]),
    )


def _named(row: Verification) -> list[str]:
    """The ids of the people whose faces stand beside the probe's."""
    if row.person_id:
        return [str(row.person_id)]
    if row.outcome == NO_MATCH:
        return []
    faces = [face["person_id"] for face in row.named_faces if face["outcome"] == MATCH]
    nearest = [row.candidates[0]["person_id"]] if row.candidates else []
    return [id for id in (*nearest, *faces) if id]


def _faces(row: Verification, people: dict[str, Person], photos: list[SearchPhoto]) -> list[Face]:
    faces = [
        Face(reverse("verification_image", args=[row.pk, f"{side}_crop"]), side)
        for side in ("probe", "reference")
        if getattr(row, f"{side}_crop")
    ]
    best = max(photos, key=lambda photo: photo.similarity or 0, default=None)
    if best is not None and best.crop:
        faces.append(
            Face(reverse("search_image", args=[row.pk, best.position, "crop"]), "reference")
        )
    for id in _named(row):
        person = people.get(id)
        if person is not None and person.cover_id:
            made = getattr(person, "cover_made_at", None)
            version = f"?v={int(made.timestamp())}" if made else ""
            url = reverse("photo_image", args=[person.cover_id, "crop"])
            faces.append(Face(f"{url}{version}", "reference"))
    return faces


def _in_photos(photos: list[SearchPhoto]) -> str:
    matches = sum(photo.outcome == MATCH for photo in photos)
    if not matches:
        return ""
    words = ngettext(
        "in %(matches)s of %(number)s photo", "in %(matches)s of %(number)s photos", len(photos)
    )
    return words % {"matches": matches, "number": len(photos)}


def _batch(row: Any) -> Entry:
    outcomes = (
        (row.n_match, gettext("same person")),
        (row.n_no_match, gettext("different people")),
        (row.n_inconclusive, gettext("cannot tell")),
        (row.n_refused, gettext("not compared")),
    )
    under_way = gettext("%(done)s of %(total)s compared") % {"done": row.done, "total": row.total}
    status, label = {
        Batch.State.DONE: ("success", gettext("All compared")),
        Batch.State.FAILED: ("failed", gettext("Stopped")),
    }.get(row.state, ("waiting", under_way))
    return Entry(
        pk=row.pk,
        name="batches",
        title=row.title or gettext("Untitled batch"),
        at=row.created_at,
        url=reverse("batch", args=[row.pk]),
        delete_url=reverse("batch_delete", args=[row.pk]),
        status=status,
        label=label,
        figure=", ".join(f"{count} {words}" for count, words in outcomes if count),
        files=ngettext("%(number)s pair", "%(number)s pairs", row.total) % {"number": row.total},
    )
