"""What an account has stored."""

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import User

from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.models import Verification
from ..gallery.models import Anchor, Person

VERIFICATION = ("probe_image", "reference_image", "probe_crop", "reference_crop")
PHOTO = ("image", "crop")


def usage_of(*, owner: User | None) -> dict[str, int]:
    """How many rows the owner has, or everyone without one, and how many files (photos and cropped faces) of how many bytes
    on the disk. Four queries, however much is stored.

    Deleted rows that can still be restored count only with their files, which are still stored.
    """
    theirs = {} if owner is None else {"owner": owner}
    verifications = _stored(Verification.objects.filter(**theirs), VERIFICATION)
    anchors = _stored(
        Anchor.all_objects.filter(**theirs),
        PHOTO,
        present=Count("image_bytes", filter=Q(deleted_in=None)),
    )
    compared = {f"verification__{field}": value for field, value in theirs.items()}
    photos = _stored(SearchPhoto.objects.filter(**compared), PHOTO)
    stored = (verifications, anchors, photos)
    return {
        "verifications": verifications["rows"],
        "people": Person.objects.filter(**theirs).count(),
        "anchors": anchors["present"],
        "files": sum(kind["files"] for kind in stored),
        "bytes": sum(kind["bytes"] or 0 for kind in stored),
    }


def _stored(rows: QuerySet, fields: tuple[str, ...], **more: Count) -> dict[str, int]:
    """The number of these rows and of their files, and the bytes of the files: of anchors all of it is in an
    index."""
    return rows.aggregate(
        rows=Count("*"),
        files=sum(
            Count(f"{field}_bytes", filter=Q(**{f"{field}_bytes__gt": 0})) for field in fields
        ),
        bytes=sum(Sum(f"{field}_bytes") for field in fields),
        **more,
    )
