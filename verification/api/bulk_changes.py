"""/api/v1/bulk_changes/: what was ordered for many people."""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet

from ..bulk_changes import selectors, services
from ..bulk_changes.models import BulkChange
from .serializers import JobSerializer, refusal_of


class LeftSerializer(serializers.Serializer):
    """Somebody with whom it could not be done."""

    person = serializers.UUIDField()
    why = serializers.ChoiceField(choices=["full", "taken", "unreadable", "another_account"])


class BulkChangeRefusalSerializer(serializers.Serializer):
    """Why it ended before its end, and what to do about it."""

    code = serializers.CharField()
    detail = serializers.CharField()
    remedy = serializers.CharField()


class BulkChangeSerializer(JobSerializer):
    """`total` people were found, `done` of them are through, `changed` were changed, `undone` brought back.
    `left` names the first of those with whom it could not be done."""

    left = LeftSerializer(many=True, read_only=True)
    can_undo = serializers.BooleanField(read_only=True)
    refusal = serializers.SerializerMethodField()

    class Meta:
        model = BulkChange
        fields = (
            "id", "gallery", "action", "state", "total", "done", "changed", "undone", "left_count", "left",
            "is_undoing", "is_stopped", "can_undo", "receipt", "refusal", "failure", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(BulkChangeRefusalSerializer(allow_null=True))
    def get_refusal(self, row: BulkChange) -> dict | None:
        return refusal_of(row)


class BulkChangeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """What the caller has ordered for many people at once, by POST /people/selection/."""

    of_one_gallery = True
    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = BulkChange.objects.none()
    serializer_class = BulkChangeSerializer

    def get_queryset(self):
        return selectors.bulk_change_list(owner=self.owner)

    @extend_schema(description="Forget one that has ended. What it did stays.")
    def destroy(self, request, pk):
        services.bulk_change_delete(job=self.get_object())
        return Response(status=204)

    @extend_schema(
        description="End it where it is. What is done stays done.",
        request=None,
        responses={200: BulkChangeSerializer},
    )
    @action(detail=True, methods=["post"])
    def stop(self, request, pk):
        job = services.bulk_change_stop(job=self.get_object())
        return Response(self.get_serializer(job).data)

    @extend_schema(
        description="Go on with one that failed, or for which there was no room.",
        request=None,
        responses={202: BulkChangeSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        job = services.bulk_change_go_on(job=self.get_object())
        return Response(self.get_serializer(job).data, status=202)

    @extend_schema(
        description="Bring back the people whom it has deleted.",
        request=None,
        responses={202: BulkChangeSerializer},
    )
    @action(detail=True, methods=["post"])
    def undo(self, request, pk):
        job = services.bulk_change_undo(job=self.get_object())
        return Response(self.get_serializer(job).data, status=202)
