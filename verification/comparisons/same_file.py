"""Is a photo compared with itself? A match then says nothing about who is on it."""

from uuid import UUID

from django.utils.translation import gettext, gettext_lazy, ngettext

from ..photos.storage import read_or_404
from .kinds.base import Kind
from .models import Verification
from .selectors import anchors_of_photo

PAIR = gettext_lazy(
    "Both photos are the same file, so this result proves nothing. Compare with another photo of the "
    "person."
)
ANCHOR = gettext_lazy(
    "This photo is among the photos of {name}, so this result proves nothing. Use a photo that is not in "
    "the gallery."
)


def same_file(verification: Verification, kind: Kind) -> str:
    """What to say about it; empty where all photos differ, or are erased.

    Stored photos are encrypted; the same content has the same size, and only then is it read.
    """
    v = verification
    if not v.outcome or not v.probe_image:
        return ""
    if v.reference_image:
        alike = v.probe_image_bytes == v.reference_image_bytes
        return (
            str(PAIR)
            if alike and read_or_404(v.probe_image) == read_or_404(v.reference_image)
            else ""
        )
    if kind.has_many_answers and (among := _among(v)):
        return among
    people = kind.people_ids(v)
    anchors = anchors_of_photo(verification=v, people=map(UUID, people)) if people else []
    earlier = [anchor for anchor in anchors if anchor.created_at < v.created_at]  # not made of it
    names = dict.fromkeys(anchor.person.name for anchor in earlier if anchor.person)
    return ANCHOR.format(name=" and ".join(names)) if names else ""


def _among(v: Verification) -> str:
    alike = v.photos.filter(image_bytes=v.probe_image_bytes).exclude(image="").order_by("position")
    rows = list(alike)
    probe = read_or_404(v.probe_image) if rows else b""
    names = [
        photo.file_name or gettext("Photo %(number)s") % {"number": photo.position + 1}
        for photo in rows
        if read_or_404(photo.image) == probe
    ]
    if not names:
        return ""
    return ngettext(
        "%(names)s is the photo of the person itself, so that it matches proves nothing.",
        "%(names)s are the photo of the person itself, so that it matches proves nothing.",
        len(names),
    ) % {"names": f" {gettext('and')} ".join(names)}
