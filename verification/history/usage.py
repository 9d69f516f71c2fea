"""What an account has stored."""

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import User

from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.models import Verification
from ..gallery.models import Anchor, Person

VERIFICATION = ("probe_image", "reference_image", "probe_crop", "reference_crop")
PHOTO = ("image", "crop")


def usage_of(*, owner: User) -> dict[str, int]:
    """How many rows the owner has, and how many files (photos and cropped faces) of how many bytes
    on the disk. Four queries, however much is stored.

    Deleted rows that can still be restored count only with their files, which are still stored.
    """
    verifications = _stored(Verification.objects.filter(owner=owner), VERIFICATION)
    anchors = _stored(
        Anchor.all_objects.filter(owner=owner),
        PHOTO,
        present=Count("pk", filter=Q(deleted_in=None)),
    )
    photos = _stored(SearchPhoto.objects.filter(verification__owner=owner), PHOTO)
    stored = (verifications, anchors, photos)
    return {
        "verifications": verifications["rows"],
        "people": Person.objects.filter(owner=owner).count(),
        "anchors": anchors["present"],
        "files": sum(kind["files"] for kind in stored),
        "bytes": sum(kind["bytes"] or 0 for kind in stored),
    }


def _stored(rows: QuerySet, fields: tuple[str, ...], **more: Count) -> dict[str, int]:
    """The number of these rows and of their files, and the bytes of the files."""
    return rows.aggregate(
        rows=Count("pk"),
        files=sum(Count("pk", filter=~Q(**{field: ""})) for field in fields),
        bytes=sum(Sum(f"{field}_bytes") for field in fields),
        **more,
    )
