"""/api/v1/calibrations/ and /api/v1/calibration/"""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet
from faceverify.api.endpoint import Endpoint

from ..calibration import selectors, services
from ..calibration.models import GalleryCalibration
from ..gallery.gallery_models import Role
from .galleries import IN_GALLERY, OF_GALLERY, gallery_asked, gallery_filter
from .serializers import ModelSerializer


class CalibrationSerializer(serializers.ModelSerializer):
    """A measurement of the caller's gallery. `result` is null until `state` is `done`; its `points`
    have the model's thresholds, the rates measured at them, and `own`, the gallery's thresholds."""

    gallery = serializers.UUIDField(source="gallery_id", read_only=True)
    model = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = GalleryCalibration
        fields = (
            "id",
            "gallery",
            "state",
            "model",
            "result",
            "refusal",
            "applied_at",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(ModelSerializer(allow_null=True))
    def get_model(self, row) -> dict | None:
        if not row.model_name:
            return None
        return {"name": row.model_name, "version": row.model_version, "sha256": row.model_sha256}

    def get_result(self, row) -> dict | None:
        return row.result or None

    def get_refusal(self, row) -> dict | None:
        if not row.refusal_code:
            return None
        return {"code": row.refusal_code, "detail": row.refusal_detail}


class CalibrationInForceSerializer(serializers.Serializer):
    applied = CalibrationSerializer(allow_null=True)
    in_force = serializers.BooleanField(help_text="Also false if the model has changed since.")
    people = serializers.IntegerField(help_text="People with a usable photo.")
    people_with_several = serializers.IntegerField()
    people_needed = serializers.IntegerField()
    people_with_several_needed = serializers.IntegerField()


class CalibrationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """Thresholds measured on the caller's own gallery."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = GalleryCalibration.objects.none()
    serializer_class = CalibrationSerializer
    of_one_gallery = True
    parameters = {"list": ("gallery",), "create": ("gallery",)}
    with_body = ()

    def get_queryset(self):
        found = selectors.calibrations_for(self.owner)
        gallery = gallery_filter(self.request)
        return found if gallery is None else found.filter(gallery=gallery)

    @extend_schema(parameters=[IN_GALLERY])
    def list(self, request, *args, **kwargs):
        return super().list(request, *args, **kwargs)

    @extend_schema(
        description="Measure the gallery. While a measurement is under way, it is answered instead.",
        request=None,
        parameters=[OF_GALLERY],
        responses={202: CalibrationSerializer},
    )
    def create(self, request):
        row = services.calibration_start(gallery=gallery_asked(request, Role.EDITOR))
        return self.created(CalibrationSerializer(row).data, row.pk, status=202)

    @extend_schema(
        description="Use its thresholds for your verdicts from now on. Existing verdicts stay as they "
        "are.",
        request=None,
        responses={200: CalibrationSerializer},
    )
    @action(detail=True, methods=["post"])
    def apply(self, request, pk):
        row = services.calibration_apply(
            calibration=selectors.calibration_get(owner=self.owner, id=pk, role=Role.OWNER)
        )
        return Response(CalibrationSerializer(row).data)


class CalibrationView(Endpoint):
    """The thresholds in use for the verdicts of a gallery."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    of_one_gallery = True
    parameters = {"get": ("gallery",), "delete": ("gallery",)}

    @extend_schema(parameters=[OF_GALLERY], responses={200: CalibrationInForceSerializer})
    def get(self, request):
        gallery = gallery_asked(request)
        applied = selectors.applied(gallery=gallery)
        size = selectors.gallery_size(gallery=gallery)
        return Response(
            {
                "applied": CalibrationSerializer(applied).data if applied else None,
                "in_force": selectors.in_force(applied),
                "people": size.people,
                "people_with_several": size.several,
                "people_needed": selectors.MIN_PEOPLE,
                "people_with_several_needed": selectors.MIN_SEVERAL,
            }
        )

    @extend_schema(
        description="Return to the model's thresholds.",
        parameters=[OF_GALLERY],
        responses={204: None},
    )
    def delete(self, request):
        services.calibration_withdraw(gallery=gallery_asked(request, Role.OWNER))
        return Response(status=204)
