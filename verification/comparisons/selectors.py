"""Reads, always scoped to an owner."""

import hashlib
import io
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import Http404
from PIL import Image

from accounts.models import User

from ..gallery.access import account, anchors_for, people_for
from ..gallery.models import Anchor, Person
from ..photos.storage import read_or_404
from .models import IMAGES, Verification


def _of(owner: User) -> QuerySet[Verification]:
    """The owner's; for a key that is bound to a gallery those that belong there."""
    rows = Verification.objects.filter(owner=owner)
    return rows.filter(gallery=owner.bound_gallery) if owner.bound_gallery else rows


def verification_list(*, owner: User) -> QuerySet[Verification]:
    """The owner's verifications, newest first."""
    rows = _of(owner).select_related("review")
    return rows.order_by("-created_at", "-id")


def verification_get(*, owner: User, id: UUID | str) -> Verification:
    """One of the owner's verifications; Http404 for anything else."""
    try:
        return _of(owner).select_related("review").get(pk=id)
    except (Verification.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such verification.") from None


def rate_used_last(*, owner: User) -> float | None:
    """The false-match rate of the owner's latest comparison on a page; None before the first."""
    rows = Verification.objects.filter(owner=owner, source=Verification.Source.WEB)
    rates = rows.order_by("-created_at", "-id").values_list("false_match_rate", flat=True)
    return next(iter(rates[:1]), None)


def image_open(*, owner: User, id: UUID | str, which: str) -> bytes:
    """A stored JPEG: `probe`, `reference`, or one of the aligned crops `probe_crop` and
    `reference_crop`. Http404 for a stranger, another name, or a crop that is not made yet."""
    if which not in IMAGES:
        raise Http404("There is no such image.")
    verification = verification_get(owner=owner, id=id)
    field = getattr(verification, which if which.endswith("_crop") else f"{which}_image")
    return read_or_404(field)


def photo_size(*, verification: Verification, which: str) -> tuple[int, int]:
    """(width, height) of a stored photo in pixels, from its header."""
    data = image_open(owner=verification.owner, id=verification.pk, which=which)
    with Image.open(io.BytesIO(data)) as photo:
        return photo.size


def faces_named(verification: Verification) -> list[dict[str, Any]]:
    """Whom the faces of a group photo show or may show, and who else is near each of them."""
    named = verification.named_faces
    return [*named, *(near for face in named for near in face.get("nearest", ()))]


def anchors_of_photo(*, verification: Verification, people: Iterable[UUID] = ()) -> list[Anchor]:
    """The anchors of people whom the owner may see whose photo is the probe of a verification: made
    from it, or of the same file. `people`: only theirs."""
    same = anchors_for(account(verification.owner_id)).filter(
        person__isnull=False, image_bytes=verification.probe_image_bytes
    )
    if ids := list(people):
        same = same.filter(person__in=ids)
    found = list(same.defer("embedding").select_related("person"))
    if not found or not verification.probe_image:
        return []
    digest = hashlib.sha256(read_or_404(verification.probe_image)).hexdigest()
    return [anchor for anchor in found if anchor.content_sha256 == digest]


def named_in_verdict(*, verification: Verification) -> tuple[dict[str, Person], dict[str, Anchor]]:
    """The people, each with `cover_made_at`, and the ready anchors that a verdict names and that are
    still there, by id as text."""
    ids = {row["person_id"] for row in (*verification.candidates, *faces_named(verification))}
    ids.discard(None)
    if verification.person_id:
        ids.add(str(verification.person_id))
    scored = {row["anchor_id"] for row in verification.anchor_scores}
    owner = account(verification.owner_id)
    people = people_for(owner).filter(pk__in=ids) if ids else Person.objects.none()
    anchors = anchors_for(owner).filter(pk__in=scored) if scored else Anchor.objects.none()
    return (
        {str(row.pk): row for row in people.annotate(cover_made_at=F("cover__finished_at"))},
        {str(row.pk): row for row in anchors.defer("embedding") if row.crop},
    )
