"""What an account has stored."""

from django.db.models import Count, Q, Sum

from ..models import Anchor, Person, SearchPhoto, Verification

VERIFICATION = ("probe_image", "reference_image", "probe_crop", "reference_crop")
PHOTO = ("image", "crop")


def usage_of(*, owner) -> dict[str, int]:
    """Counts of the owner's rows, of their photos and the faces cut out of them, and the bytes of
    these as they lie on the disk. Four queries, however much there is.

    What was deleted and can be undone counts as files, which are there still, and not as rows.
    """
    verifications = _stored(Verification.objects.filter(owner=owner), VERIFICATION)
    anchors = _stored(
        Anchor.all_objects.filter(owner=owner),
        PHOTO,
        present=Count("pk", filter=Q(deleted_in=None)),
    )
    photos = _stored(SearchPhoto.objects.filter(verification__owner=owner), PHOTO)
    return {
        "verifications": verifications["rows"],
        "people": Person.objects.filter(owner=owner).count(),
        "anchors": anchors["present"],
        "files": sum(each["files"] for each in (verifications, anchors, photos)),
        "bytes": sum(each["bytes"] or 0 for each in (verifications, anchors, photos)),
    }


def _stored(rows, fields: tuple[str, ...], **more) -> dict[str, int]:
    """The number of these rows and of their files, and the bytes of the files."""
    return rows.aggregate(
        rows=Count("pk"),
        files=sum(Count("pk", filter=~Q(**{field: ""})) for field in fields),
        bytes=sum(Sum(f"{field}_bytes") for field in fields),
        **more,
    )
