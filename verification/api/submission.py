"""What every endpoint that takes a photo to verify has in common."""

from functools import cache

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.viewsets import OwnedViewSet
from faceverify.api.errors import problems

from ..comparisons.models import Verification
from .errors import photo_refusals
from .photos import ANY_WAY
from .serializers import VerificationSerializer
from .stored import stored_photo
from .waiting import MAX_SECONDS, wait_for_verdict

PARAMETERS = [
    OpenApiParameter(
        "wait",
        OpenApiTypes.FLOAT,
        description=f"Seconds to wait for the verdict, from 0 to {MAX_SECONDS}.",
    )
]
RESPONSES = {
    201: VerificationSerializer,
    202: VerificationSerializer,
    **problems(422),
}


class ProbeViewSet(OwnedViewSet):
    """One photo is looked for in the caller's gallery."""

    read_scope = write_scope = "verify"
    queryset = Verification.objects.none()
    parser_classes = ANY_WAY
    photo_field = "probe"
    commits_early = True
    submit_actions = ("create",)


def submit(
    request, form, choose_service, *, serializer=VerificationSerializer, name="verification"
) -> Response:
    """Validate a form and hand its photos and options to a service.

    Args:
        form: a serializer class whose files are `probe` and perhaps `reference`.
        choose_service: called with the validated data, from which it may take; returns the service.
        serializer, name: of what is answered, and of the place where it is found again.
    """
    wait = _seconds(request.query_params.get("wait", "0"))
    form = form(data=request.data)
    form.is_valid(raise_exception=True)
    data = form.validated_data
    service = choose_service(data)
    for which in ("probe", "reference"):
        file, stored = data.pop(which, None), data.pop(f"{which}_from", None)
        if stored is not None:
            photo, file_name = stored_photo(owner=request.user, name=stored)
            data |= {which: photo, f"{which}_name": file_name}
        elif file is not None:
            data |= {which: file.read(), f"{which}_name": file.name}
    with photo_refusals():
        verification = service(
            owner=request.user,
            submission_key=getattr(request, "idempotency_id", ""),
            source=Verification.Source.API,
            **data,
        )
    verification = wait_for_verdict(verification, wait)
    location = reverse(f"api:{name}-detail", kwargs={"pk": verification.pk}, request=request)
    return Response(
        _shown(serializer).to_representation(verification),
        status=201 if verification.is_finished else 202,
        headers={"Location": location},
    )


@cache
def _shown(serializer):
    """The serializer with its fields, which take longer to make than to use."""
    return serializer()


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValidationError({"wait": f"Give a number of seconds from 0 to {MAX_SECONDS}."})
    return seconds
