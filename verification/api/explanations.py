"""/api/v1/verifications/{id}/explanation/"""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..explanations.models import Explanation
from ..explanations.weaknesses import weaknesses
from .serializers import JobSerializer, RefusalSerializer, refusal_of


class FaceMapSerializer(serializers.Serializer):
    """How much likeness each part of a face carries, by covering it."""

    cells = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="Rows of the aligned face from the top: how much the logit of the similarity drops "
        "without this part. Negative where the faces are more alike without it.",
    )
    regions = serializers.DictField(
        child=serializers.FloatField(),
        help_text="By region of the face, its share of what speaks for the likeness, 0-1.",
    )


class MapsSerializer(serializers.Serializer):
    probe = FaceMapSerializer()
    reference = FaceMapSerializer()


class ExplanationSerializer(JobSerializer):
    """`maps` is null until `state` is `done`. `weighs_against` says in words what makes the photos hard to
    compare."""

    maps = serializers.SerializerMethodField()
    weighs_against = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = Explanation
        fields = (
            "state", "maps", "weighs_against", "refusal", "failure", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(MapsSerializer(allow_null=True))
    def get_maps(self, row: Explanation) -> dict | None:
        return row.result or None

    def get_weighs_against(self, row: Explanation) -> list[str]:
        return weaknesses(row.verification.faces or {})

    @extend_schema_field(RefusalSerializer(allow_null=True))
    def get_refusal(self, row: Explanation) -> dict | None:
        return refusal_of(row, which=row.refusal_which, faces=row.refusal_faces)
