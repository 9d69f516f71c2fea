"""What the endpoints that take a photo to verify share."""

from functools import cache

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.viewsets import OwnedViewSet
from faceverify.api.errors import problems

from ..comparisons import submission as comparisons
from ..comparisons.kinds.base import Kind
from ..comparisons.models import Verification
from ..comparisons.submission import Submission, UploadedPhoto
from ..comparisons.waiting import MAX_SECONDS, wait_for_verdict
from ..gallery.access import gallery_for
from .errors import photo_refusals
from .photos import ANY_WAY
from .serializers import ResultSerializer
from .stored import stored_photo

ROLES = ("probe", "reference")
PARAMETERS = [
    OpenApiParameter(
        "wait",
        OpenApiTypes.FLOAT,
        description=f"Seconds to wait for the verdict, from 0 to {MAX_SECONDS}.",
    )
]
WAIT = {"create": ("wait",)}
RESPONSES = {
    201: ResultSerializer,
    202: ResultSerializer,
    **problems(422),
}


class ProbeViewSet(OwnedViewSet):
    """Searches for one photo in one of the caller's galleries."""

    of_one_gallery = True
    read_scope = write_scope = "verify"
    queryset = Verification.objects.none()
    parser_classes = ANY_WAY
    photo_field = "probe"
    commits_early = True
    submit_actions = ("create",)
    parameters = WAIT


def submit(
    request, data: dict, kind: Kind, *, serializer=ResultSerializer, name="verification"
) -> Response:
    """Submit validated data.

    Args:
        data: photos as files or, in the fields that end in `_from`, as names of stored photos; `photos`
            and `person` for the kinds that take them; the other fields of a `Submission`.
        serializer, name: the serializer of the answer, and the name of the route in `Location`.
    """
    wait = _seconds(request.query_params.get("wait", "0"))
    submission = Submission(
        owner=request.user,
        kind=kind,
        photos=sent_photos(request.user, data),
        others=tuple(UploadedPhoto(file.read(), file.name) for file in data.get("photos", ())),
        person=data.get("person"),
        gallery=gallery_for(request.user, data["gallery"]) if "gallery" in data else None,
        title=data["title"],
        false_match_rate=data["false_match_rate"],
        faces={role: data[f"{role}_face"] for role in ROLES if f"{role}_face" in data},
        key=getattr(request, "idempotency_id", ""),
        source=Verification.Source.API,
    )
    with photo_refusals():
        verification = comparisons.submit(submission)
    verification = wait_for_verdict(verification, wait)
    location = reverse(f"api:{name}-detail", kwargs={"pk": verification.pk}, request=request)
    return Response(
        _shown(serializer).to_representation(verification),
        status=201 if verification.is_finished else 202,
        headers={"Location": location},
    )


def sent_photos(owner, data: dict) -> dict[str, UploadedPhoto]:
    """The photos by role, sent along or stored before."""
    photos = {}
    for role in ROLES:
        if (stored := data.get(f"{role}_from")) is not None:
            photos[role] = UploadedPhoto(*stored_photo(owner=owner, name=stored))
        elif (file := data.get(role)) is not None:
            photos[role] = UploadedPhoto(file.read(), file.name)
    return photos


@cache
def _shown(serializer):
    """The serializer, cached because creating its fields takes longer than using them."""
    return serializer()


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValidationError({"wait": f"Give a number of seconds from 0 to {MAX_SECONDS}."})
    return seconds
