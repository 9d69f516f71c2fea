"""/api/v1/verifications/{id}/review/, /api/v1/agreement/ and /api/v1/reviewed_pairs/"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.viewsets import validated
from faceverify.api.endpoint import Endpoint

from ..comparisons.selectors import verification_get
from ..reviews import services
from ..reviews.agreement import agreement
from ..reviews.views import archive_answer
from .serializers import ReviewSerializer


class AgreementRowSerializer(serializers.Serializer):
    """`agreement` is right / (right + wrong), with its 95 % interval (Wilson); null without any."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # hides an attribute
    right = serializers.IntegerField()
    wrong = serializers.IntegerField()
    unsure = serializers.IntegerField()
    agreement = serializers.FloatField(source="share", allow_null=True)
    interval = serializers.SerializerMethodField()
    mean_confidence = serializers.FloatField(allow_null=True)

    def get_interval(self, row) -> dict[str, float] | None:
        return dict(zip(("low", "high"), row.interval, strict=True)) if row.decided else None


class AgreementSerializer(serializers.Serializer):
    verdicts = serializers.IntegerField()
    reviewed = serializers.IntegerField()
    total = AgreementRowSerializer()
    by_outcome = AgreementRowSerializer(many=True)
    by_confidence = AgreementRowSerializer(many=True)


class ReviewView(Endpoint):
    """The caller's review of one of their verdicts."""

    read_scope = "history:read"
    write_scope = "verify"
    delete_scope = "history:write"

    @extend_schema(
        description="Review a verdict as right, wrong or unsure, in place of an earlier review. The "
        "answer is 409 while there is no verdict.",
        request=ReviewSerializer,
        responses={200: ReviewSerializer},
    )
    def put(self, request, pk):
        verification = verification_get(owner=request.user, id=pk)
        data = validated(ReviewSerializer, request)
        review = services.review_set(verification=verification, **data)
        return Response(ReviewSerializer(review).data)

    @extend_schema(description="Delete the review.", responses={204: None})
    def delete(self, request, pk):
        services.review_delete(verification=verification_get(owner=request.user, id=pk))
        return Response(status=204)


class AgreementView(Endpoint):
    """How often the caller agreed with the reviewed verdicts."""

    read_scope = write_scope = "history:read"

    @extend_schema(responses={200: AgreementSerializer})
    def get(self, request):
        return Response(AgreementSerializer(agreement(owner=request.user)).data)


class ReviewedPairsView(Endpoint):
    """The photos of reviewed verdicts, for calibrating a model."""

    read_scope = write_scope = "history:read"

    @extend_schema(
        description="A ZIP with `pairs.csv` (probe, reference, same), the photos that it names, and "
        "`reviews.csv`.",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request):
        return archive_answer(request.user)
