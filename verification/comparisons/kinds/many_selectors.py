"""Reads, always scoped to an owner."""

from django.db.models import F, QuerySet
from django.http import Http404

from ...photos.storage import read_or_404
from ..compared_photos import SearchPhoto
from ..models import Verification
from ..selectors import verification_get

IMAGES = ("image", "crop")


def search_get(*, owner, id) -> Verification:
    """One of the owner's searches of many photos; Http404 for anything else."""
    row = verification_get(owner=owner, id=id)
    if row.kind != Verification.Kind.PHOTOS:
        raise Http404("There is no such search.")
    return row


def photos_of(verification: Verification) -> QuerySet[SearchPhoto]:
    """The most similar first; then what is refused or still waiting, as it was handed in."""
    return verification.photos.order_by(F("similarity").desc(nulls_last=True), "position")


def search_image_open(*, owner, id, position: int, which: str) -> bytes:
    """A stored JPEG of one of the photos: `image`, or the aligned face, `crop`. Http404 for a
    stranger, or for an image that is not there."""
    photo = search_get(owner=owner, id=id).photos.filter(position=position).first()
    field = getattr(photo, which) if photo is not None and which in IMAGES else None
    return read_or_404(field)
