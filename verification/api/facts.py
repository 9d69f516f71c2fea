"""/api/v1/models/, /api/v1/operating_points/ and /api/v1/usage/"""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from faceverify.api.endpoint import Endpoint
from faceverify.api.errors import problems
from faceverify.api.rates import SubmitRate, rate_states
from faceverify.api.scopes import Scope

from .. import engine
from ..history.usage import usage_of
from .errors import model_errors
from .serializers import BandSerializer

USUAL_RATE = 1e-3


class OperatingPointSerializer(serializers.Serializer):
    """How strict a verdict is. A similarity of `threshold` or more is a match, one inside `band`
    is inconclusive: below `band.low` the probability of the same person is at most
    `no_match_chance`. `true_match_rate`: of photos of one person, how many pass."""

    false_match_rate = serializers.FloatField()
    threshold = serializers.FloatField()
    band = BandSerializer()
    true_match_rate = serializers.FloatField(allow_null=True)


class TowerSerializer(serializers.Serializer):
    """A network that embeds faces, and where it comes from; empty where the model does not say."""

    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # hides an attribute
    license = serializers.CharField()
    training_data = serializers.CharField()


class ModelFactsSerializer(serializers.Serializer):
    """A model and what was measured of it, on pairs of photos it was not fitted on."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()
    active = serializers.BooleanField(help_text="New verdicts come from this one.")
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
    usual = serializers.FloatField(help_text="The false-match rate when none is asked for.")
    no_match_chance = serializers.FloatField(
        help_text="People are told apart where the probability of the same person is at most this."
    )
    results = OperatingPointSerializer(many=True)


class RateSerializer(serializers.Serializer):
    """`remaining` of `quota` requests in `window` seconds; whole again in `reset` seconds."""

    name = serializers.CharField()
    quota = serializers.IntegerField()
    window = serializers.IntegerField()
    remaining = serializers.IntegerField()
    reset = serializers.IntegerField()


class UsageSerializer(serializers.Serializer):
    verifications = serializers.IntegerField()
    people = serializers.IntegerField()
    anchors = serializers.IntegerField()
    files = serializers.IntegerField(help_text="Photos and faces cut out of them.")
    bytes = serializers.IntegerField(help_text="Of these files, as they lie encrypted on the disk.")
    rates = RateSerializer(many=True)


class Facts(Endpoint):
    """Whoever may do anything may read these."""

    read_scope = tuple(Scope.values)


def _facts() -> dict:
    with model_errors():
        return engine.model_facts()


class ModelsView(Facts):
    @extend_schema(
        operation_id="models_list",
        description="The model that gives the verdicts, and what was measured of it.",
        responses={200: ModelsSerializer, **problems(503)},
    )
    def get(self, request):
        return Response(ModelsSerializer({"results": [{**_facts(), "active": True}]}).data)


class OperatingPointsView(Facts):
    @extend_schema(
        operation_id="operating_points_list",
        description="The false-match rates that may be asked for, and their thresholds.",
        responses={200: OperatingPointsSerializer, **problems(503)},
    )
    def get(self, request):
        facts = _facts()
        told = {
            "model": facts["name"],
            "usual": USUAL_RATE,
            "no_match_chance": facts["no_match_chance"],
            "results": facts["operating_points"],
        }
        return Response(OperatingPointsSerializer(told).data)


class UsageView(Facts):
    @extend_schema(
        description="What the account has stored, and how many requests are left to it now.",
        responses={200: UsageSerializer},
    )
    def get(self, request):
        rates = [*rate_states(request), SubmitRate().state(request, self)]
        return Response(UsageSerializer({**usage_of(owner=request.user), "rates": rates}).data)
