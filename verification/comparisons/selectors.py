"""Reads, always scoped to an owner."""

import io

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from PIL import Image

from ..gallery.selectors import anchor_list, person_list
from ..photos.storage import read_or_404
from .models import IMAGES, Verification


def verification_list(*, owner) -> QuerySet[Verification]:
    """The owner's verifications, newest first."""
    rows = Verification.objects.filter(owner=owner).select_related("review")
    return rows.order_by("-created_at", "-id")


def verification_get(*, owner, id) -> Verification:
    """One of the owner's verifications; Http404 for anything else."""
    try:
        return Verification.objects.select_related("review").get(owner=owner, pk=id)
    except (Verification.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such verification.") from None


def image_open(*, owner, id, which: str) -> bytes:
    """A stored JPEG: `probe`, `reference`, or one of the aligned crops `probe_crop` and
    `reference_crop`. Http404 for a stranger, another name, or a crop that is not made yet."""
    if which not in IMAGES:
        raise Http404("There is no such image.")
    verification = verification_get(owner=owner, id=id)
    field = getattr(verification, which if which.endswith("_crop") else f"{which}_image")
    return read_or_404(field)


def photo_size(*, verification: Verification, which: str) -> tuple[int, int]:
    """(width, height) of a stored photo in pixels, from its header."""
    data = image_open(owner=verification.owner_id, id=verification.pk, which=which)
    with Image.open(io.BytesIO(data)) as photo:
        return photo.size


def named_in_verdict(*, verification) -> tuple[dict, dict]:
    """The people and the ready anchors that a verdict names and that are still there, by id as
    text."""
    v = verification
    people = {row["person_id"] for row in v.candidates} | ({str(v.person_id)} - {"None"})
    anchors = {row["anchor_id"] for row in v.anchor_scores}
    found_people = person_list(owner=v.owner_id).filter(pk__in=people) if people else ()
    found_anchors = anchor_list(owner=v.owner_id).filter(pk__in=anchors) if anchors else ()
    return (
        {str(person.pk): person for person in found_people},
        {str(anchor.pk): anchor for anchor in found_anchors if anchor.crop},
    )
