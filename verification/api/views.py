"""/api/v1/verifications/"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import ScopedRateThrottle

from ..comparisons.models import Verification
from ..comparisons.selectors import verification_get, verification_list
from ..comparisons.services import (
    SubmissionConflict,
    verification_delete,
    verification_submit,
)
from ..engine import ImageRefused
from .errors import IdempotencyKeyReused, PhotoRefused
from .filters import VerificationFilter
from .pagination import NewestFirst
from .serializers import ProblemSerializer, SubmissionSerializer, VerificationSerializer
from .waiting import MAX_SECONDS, wait_for_verdict

KEY_LENGTH = 255


def _problem(*statuses: int) -> dict:
    return {(status, "application/problem+json"): ProblemSerializer for status in statuses}


@extend_schema_view(
    list=extend_schema(responses={200: VerificationSerializer(many=True), **_problem(400, 401)}),
    retrieve=extend_schema(responses={200: VerificationSerializer, **_problem(401, 404)}),
    destroy=extend_schema(
        description="Delete the verification and its photos for good.",
        responses={204: None, **_problem(401, 404)},
    ),
)
class VerificationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The caller's own verifications; anyone else's do not exist for them."""

    queryset = Verification.objects.none()
    serializer_class = VerificationSerializer
    filterset_class = VerificationFilter
    pagination_class = NewestFirst
    lookup_value_converter = "uuid"

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return Verification.objects.none()  # the schema generator, which has no user
        return verification_list(owner=self.request.user)

    def get_parsers(self):
        return [MultiPartParser()]

    def get_throttles(self):
        throttles = super().get_throttles()
        if self.action == "create":
            self.throttle_scope = "submit"
            throttles.append(ScopedRateThrottle())
        return throttles

    @extend_schema(
        description="Compare two photos. Answers 202 at once, or with `wait` 201 once finished.",
        request={"multipart/form-data": SubmissionSerializer},
        parameters=[
            OpenApiParameter(
                "wait",
                OpenApiTypes.FLOAT,
                description=f"Seconds to wait for the verdict, at most {MAX_SECONDS}.",
            ),
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The same key again answers with the verification made then.",
            ),
        ],
        responses={
            201: VerificationSerializer,
            202: VerificationSerializer,
            **_problem(400, 401, 413, 415, 422, 429),
        },
    )
    def create(self, request):
        wait = _seconds(request.query_params.get("wait", "0"))
        key = _idempotency_key(request.headers.get("Idempotency-Key"))
        form = SubmissionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        probe, reference = data.pop("probe"), data.pop("reference")
        try:
            verification = verification_submit(
                owner=request.user,
                probe=probe.read(),
                reference=reference.read(),
                probe_name=probe.name,
                reference_name=reference.name,
                submission_key=key,
                source=Verification.Source.API,
                **data,
            )
        except ImageRefused as refusal:
            raise PhotoRefused(refusal) from refusal
        except SubmissionConflict as error:
            raise IdempotencyKeyReused from error
        verification = wait_for_verdict(verification, wait)
        location = reverse(
            "api:verification-detail", kwargs={"pk": verification.pk}, request=request
        )
        return Response(
            VerificationSerializer(verification).data,
            status=201 if verification.is_finished else 202,
            headers={"Location": location},
        )

    def retrieve(self, request, pk):
        return Response(VerificationSerializer(verification_get(owner=request.user, id=pk)).data)

    def destroy(self, request, pk):
        verification_delete(verification=verification_get(owner=request.user, id=pk))
        return Response(status=204)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValidationError({"wait": f"Give a number of seconds from 0 to {MAX_SECONDS}."})
    return seconds


def _idempotency_key(value: str | None) -> str:
    if value is None:
        return ""
    if not value.strip() or len(value) > KEY_LENGTH or not value.isascii():
        raise ValidationError(
            {"Idempotency-Key": f"Send 1 to {KEY_LENGTH} ASCII characters, for example a UUID."}
        )
    return value
