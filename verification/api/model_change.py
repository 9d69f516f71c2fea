"""/api/v1/model_change/"""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from faceverify.api.endpoint import Endpoint

from .. import engine
from ..model_change import selectors
from ..model_change.models import PreviewedVerdict
from .errors import model_errors
from .serializers import ModelSerializer


class AnchorProgressSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    ready = serializers.IntegerField(help_text="Embedded with the model in use.")
    waiting = serializers.IntegerField()
    unusable = serializers.IntegerField(help_text="Refused or failed.")


class PreviewedVerdictSerializer(serializers.ModelSerializer):
    before = serializers.CharField(source="verification.outcome")
    after = serializers.CharField(source="outcome")

    class Meta:
        model = PreviewedVerdict
        fields = ("verification", "before", "after", "similarity", "name", "detail", "changed")
        read_only_fields = fields


class PreviewSerializer(serializers.Serializer):
    """The outcomes of the caller's latest verdicts under a candidate model."""

    model = ModelSerializer()
    created_at = serializers.DateTimeField()
    verdicts = PreviewedVerdictSerializer(many=True)


class ModelChangeSerializer(serializers.Serializer):
    model = ModelSerializer(help_text="The model in use.")
    anchors = AnchorProgressSerializer()
    preview = PreviewSerializer(allow_null=True)


class ModelChangeView(Endpoint):
    """The model in use, and the effect of a model change on the caller's anchors and verdicts."""

    read_scope = write_scope = "history:read"

    @extend_schema(responses={200: ModelChangeSerializer})
    def get(self, request):
        with model_errors():
            model = engine.model_identity()
            anchors = selectors.progress(owner=request.user)
        preview = None
        if preview_rows := selectors.last_preview(owner=request.user):
            made, verdicts = preview_rows
            preview = {
                "model": {
                    "name": made.model_name,
                    "version": made.model_version,
                    "sha256": made.model_sha256,
                },
                "created_at": made.created_at,
                "verdicts": verdicts,
            }
        body = {"model": model, "anchors": anchors, "preview": preview}
        return Response(ModelChangeSerializer(body).data)
