"""/api/v1/batches/"""

import json

from django.core.files.base import ContentFile
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.pagination import ByNumber

from ..batches import selectors, services
from ..batches.lists import COLUMNS
from ..batches.models import Batch, BatchPair
from ..batches.views import csv_answer
from ..photos.uploads import MAX_ARCHIVE_BYTES
from .photos import BytesField
from .serializers import LeaningField
from .zips import ZIP_ANY_WAY, zip_request


class ListField(serializers.FileField):
    """The file of the list, or in JSON the list itself."""

    default_error_messages = {
        "invalid": "Send a file; in JSON a list of objects with probe and reference.",
        "unknown": "Pair {number} has a field {name}, which is not known. Known: {known}.",
    }

    def to_internal_value(self, data):
        if isinstance(data, list) and not isinstance(self.root.initial_data, QueryDict):
            self._refuse_unknown(data)
            return ContentFile(json.dumps(data).encode(), name="pairs.json")
        return super().to_internal_value(data)

    def _refuse_unknown(self, pairs: list) -> None:
        for number, pair in enumerate(pairs, start=1):
            if isinstance(pair, dict) and (names := sorted(map(str, pair.keys() - set(COLUMNS)))):
                self.fail("unknown", number=number, name=names[0][:100], known=", ".join(COLUMNS))


class NewBatchSerializer(serializers.Serializer):
    pairs = ListField(
        required=False,
        help_text="CSV with the columns probe and reference, or a JSON list of objects with these "
        "fields. `title`, `probe_face` and `reference_face` may be added. Without it the list is "
        "`pairs.csv` or `pairs.json` at the top of the ZIP.",
    )
    archive = BytesField(help_text="A ZIP of the photos that the list names.")
    title = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    false_match_rate = serializers.FloatField(
        required=False,
        default=1e-3,
        help_text="0.01, 0.001, 0.0001 or 0.00001, where the model offers it.",
    )
    keep_faces = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Keep a small picture of each face, to be seen beside the results.",
    )


class ListedPairSerializer(serializers.Serializer):
    probe = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField(required=False)
    probe_face = serializers.IntegerField(required=False, min_value=0)
    reference_face = serializers.IntegerField(required=False, min_value=0)


class NewBatchInJsonSerializer(NewBatchSerializer):
    """For the schema only."""

    pairs = ListedPairSerializer(many=True, required=False)  # type: ignore[assignment]


class CountsSerializer(serializers.Serializer):
    match = serializers.IntegerField()
    no_match = serializers.IntegerField()
    inconclusive = serializers.IntegerField()
    refused = serializers.IntegerField()


class BatchSerializer(serializers.ModelSerializer):
    """`done` of `total` pairs are compared or refused."""

    counts = serializers.SerializerMethodField()
    failure_code = serializers.CharField(read_only=True)

    class Meta:
        model = Batch
        fields = (
            "id", "state", "title", "false_match_rate", "keep_faces", "total", "done", "photos_seen", "counts", "model_name",
            "model_version", "failure_code", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(CountsSerializer)
    def get_counts(self, row: Batch) -> dict[str, int]:
        return {name: getattr(row, f"n_{name}") for name in selectors.COUNTED}


class PairSerializer(serializers.ModelSerializer):
    """`outcome` and its numbers are null unless `state` is `done`; `code`, `detail` and `remedy`
    say why a pair is `refused`."""

    outcome = serializers.SerializerMethodField()
    probability = serializers.FloatField(read_only=True, allow_null=True)
    leaning = LeaningField()

    class Meta:
        model = BatchPair
        fields = selectors.COLUMNS
        read_only_fields = fields

    def get_outcome(self, row: BatchPair) -> str | None:
        return row.outcome or None


class CsvRenderer(JSONRenderer):
    """Lets a client ask for CSV by its Accept header; errors stay JSON."""

    media_type = "text/csv"
    format = "csv"


class BatchViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """Many pairs at once. The photos are deleted when all pairs are done; the results stay."""

    write_scope = "verify"
    delete_scope = "history:write"
    read_scope = ("history:read", "verify")
    queryset = Batch.objects.none()
    serializer_class = BatchSerializer
    parser_classes = ZIP_ANY_WAY
    submit_actions = ("create",)
    parameters = {"results": ("only",)}

    def get_queryset(self):
        return selectors.batch_list(owner=self.owner)

    def archive_from(self, stream) -> ContentFile:
        # One byte too many is enough for the service to refuse it in its own words.
        return ContentFile(stream.read(MAX_ARCHIVE_BYTES + 1), name="")

    def get_renderers(self):
        renderers = super().get_renderers()
        return [*renderers, CsvRenderer()] if self.action == "results_csv" else renderers

    @extend_schema(
        description="Compare every pair of a list. `Location` is the address of its progress. "
        "A ZIP that contains the list may be the body itself; the options are then in the query.",
        request=zip_request(NewBatchSerializer, NewBatchInJsonSerializer),
        responses={202: BatchSerializer},
    )
    def create(self, request):
        data = validated(NewBatchSerializer, request)
        files = {name: data.pop(name).read() for name in ("pairs", "archive") if name in data}
        batch = services.batch_create(owner=self.owner, **files, **data)
        return self.created(self._data(batch.pk), batch.pk, status=202)

    @extend_schema(description="Delete a batch with its results.")
    def destroy(self, request, pk):
        services.batch_delete(batch=self.get_object())
        return Response(status=204)

    @extend_schema(
        description="Resume a failed batch where it stopped.",
        request=None,
        responses={202: BatchSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        services.batch_retry(batch=self.get_object())
        return Response(self._data(pk), status=202)

    @extend_schema(
        operation_id="batches_results_retrieve",
        description="The pairs in the order of the list, finished or not.",
        parameters=[
            OpenApiParameter(
                "only", OpenApiTypes.STR, enum=list(selectors.COUNTED), description="Only these."
            )
        ],
        responses={200: PairSerializer(many=True)},
    )
    @action(detail=True, methods=["get"], pagination_class=ByNumber)
    def results(self, request, pk):
        only = request.query_params.get("only", "")
        page = self.paginate_queryset(selectors.pair_list(batch=self.get_object(), only=only))
        return self.get_paginated_response(PairSerializer(page, many=True).data)

    @extend_schema(
        description="All results as CSV.",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def results_csv(self, request, pk):
        return csv_answer(self.get_object())

    def _data(self, pk) -> dict:
        return BatchSerializer(selectors.batch_get(owner=self.owner, id=pk)).data
