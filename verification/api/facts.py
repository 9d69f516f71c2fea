"""/api/v1/models/, /api/v1/operating_points/ and /api/v1/usage/"""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from faceverify.api.endpoint import Endpoint
from faceverify.api.rates import SubmitRate, rate_states
from faceverify.api.scopes import Scope

from .. import engine
from ..history.usage import usage_of
from ..jobs.storage import storage_of
from .errors import model_errors
from .serializers import BandSerializer

USUAL_RATE = 1e-3


class OperatingPointSerializer(serializers.Serializer):
    """How strict a verdict is. A similarity of `threshold` or more is a match; one inside `band` is
    inconclusive; below `band.low` the probability of the same person is at most
    `no_match_chance`. `true_match_rate` is the share of pairs of one person that match."""

    false_match_rate = serializers.FloatField()
    threshold = serializers.FloatField()
    band = BandSerializer()
    true_match_rate = serializers.FloatField(allow_null=True)


class TowerSerializer(serializers.Serializer):
    """A network that embeds faces, and its origin; empty strings where the model does not state it."""

    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # hides an attribute
    license = serializers.CharField()
    training_data = serializers.CharField()


class ModelFactsSerializer(serializers.Serializer):
    """A model and its measured accuracy, on pairs of photos that it was not fitted on."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()
    active = serializers.BooleanField(help_text="New verdicts come from this model.")
    license = serializers.CharField(help_text="Of the whole model.")
    towers = TowerSerializer(many=True)
    embedding_size = serializers.IntegerField()
    searches_galleries = serializers.BooleanField()
    measured_on = serializers.CharField()
    people = serializers.IntegerField(allow_null=True)
    images = serializers.IntegerField(allow_null=True)
    equal_error_rate = serializers.FloatField(allow_null=True)


class ModelsSerializer(serializers.Serializer):
    results = ModelFactsSerializer(many=True)


class OperatingPointsSerializer(serializers.Serializer):
    model = serializers.CharField()
    usual = serializers.FloatField(help_text="The false-match rate used by default.")
    no_match_chance = serializers.FloatField(
        help_text="The outcome is `no_match` where the probability of the same person is at most this."
    )
    results = OperatingPointSerializer(many=True)


class RateSerializer(serializers.Serializer):
    """`remaining` of `quota` requests in `window` seconds; all are available again in `reset`
    seconds."""

    name = serializers.CharField()
    quota = serializers.IntegerField()
    window = serializers.IntegerField()
    remaining = serializers.IntegerField()
    reset = serializers.IntegerField()


class UsageSerializer(serializers.Serializer):
    verifications = serializers.IntegerField()
    people = serializers.IntegerField()
    anchors = serializers.IntegerField()
    files = serializers.IntegerField(help_text="Photos, and the faces cropped from them.")
    bytes = serializers.IntegerField(help_text="The size of these files on disk, encrypted.")
    total_bytes = serializers.IntegerField(
        help_text="With the ZIPs of imports, exports and batches that are still stored."
    )
    quota_bytes = serializers.IntegerField(
        allow_null=True, help_text="What `total_bytes` may come to; null: there is no limit."
    )
    rates = RateSerializer(many=True)


class Facts(Endpoint):
    """Readable with any scope."""

    read_scope = tuple(Scope.values)


def _facts() -> engine.ModelInfo:
    with model_errors():
        return engine.model_info()


class ModelsView(Facts):
    @extend_schema(
        operation_id="models_list",
        description="The model that gives the verdicts, and its measured accuracy.",
        responses={200: ModelsSerializer},
    )
    def get(self, request):
        return Response(ModelsSerializer({"results": [{**asdict(_facts()), "active": True}]}).data)


class OperatingPointsView(Facts):
    @extend_schema(
        operation_id="operating_points_list",
        description="The false-match rates that can be chosen, and their thresholds.",
        responses={200: OperatingPointsSerializer},
    )
    def get(self, request):
        facts = _facts()
        data = {
            "model": facts.name,
            "usual": USUAL_RATE,
            "no_match_chance": facts.no_match_chance,
            "results": facts.operating_points,
        }
        return Response(OperatingPointsSerializer(data).data)


class UsageView(Facts):
    @extend_schema(
        description="What the account has stored, and how many requests it has left now.",
        responses={200: UsageSerializer},
    )
    def get(self, request):
        rates = [*rate_states(request), SubmitRate().state(request, self)]
        storage = storage_of(owner_id=request.user.pk)
        stored = {"total_bytes": storage.used, "quota_bytes": storage.quota}
        usage = usage_of(owner=request.user) | stored | {"rates": rates}
        return Response(UsageSerializer(usage).data)
