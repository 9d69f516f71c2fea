"""/api/v1/webhooks/ and /api/v1/webhook_deliveries/"""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from faceverify.rest.endpoint import Endpoint
from faceverify.rest.errors import problems
from faceverify.rest.parsers import LimitedJSONParser

from ..webhooks import selectors, services
from ..webhooks.models import EVENTS, URL_LENGTH, Delivery, DeliveryAttempt, Webhook
from .pagination import NewestFirst
from .people import told, valid


class WebhookSerializer(serializers.ModelSerializer):
    """`failures` counts the tries that failed since the last one that did not."""

    url = serializers.CharField(max_length=URL_LENGTH)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENTS)), allow_empty=False
    )

    class Meta:
        model = Webhook
        fields = (
            "id", "url", "description", "events", "enabled", "failures", "former_until",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("id", "failures", "former_until", "created_at")


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(read_only=True, help_text="`whsec_...`, told this once.")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = (*WebhookSerializer.Meta.read_only_fields, "enabled")


class SecretSerializer(serializers.Serializer):
    secret = serializers.CharField(help_text="`whsec_...`, told this once.")
    former_until = serializers.DateTimeField(help_text="Until then the former one signs as well.")


class TrySerializer(serializers.ModelSerializer):
    """`status` is what was answered; without an answer `error` says why."""

    class Meta:
        model = DeliveryAttempt
        fields = ("at", "milliseconds", "status", "error")
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer):
    log = TrySerializer(many=True, read_only=True)
    failure_code = serializers.CharField(read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "id", "webhook", "event", "state", "failure_code", "body", "log", "due_at",
            "give_up_at", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(responses={200: WebhookSerializer(many=True), **problems(401)}),
)
class WebhookViewSet(Endpoint, mixins.ListModelMixin, viewsets.GenericViewSet):
    """The addresses of the caller's programs that are told of events."""

    read_scope = write_scope = "admin"
    told_once = ("secret",)
    queryset = Webhook.objects.none()
    serializer_class = WebhookSerializer
    pagination_class = NewestFirst
    filter_backends = []
    parser_classes = [LimitedJSONParser]
    lookup_value_converter = "uuid"

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return Webhook.objects.none()  # the schema generator, which has no user
        return selectors.webhook_list(owner=self.request.user)

    @extend_schema(
        description="The answer holds the secret to check signatures with; it is not told again.",
        request=NewWebhookSerializer,
        responses={201: NewWebhookSerializer, **problems(400, 401)},
    )
    def create(self, request):
        data = valid(NewWebhookSerializer, request)
        webhook, secret = services.webhook_create(owner=request.user, **data)
        return Response({**WebhookSerializer(webhook).data, "secret": secret}, status=201)

    @extend_schema(responses={200: WebhookSerializer, **problems(401, 404)})
    def retrieve(self, request, pk):
        return Response(WebhookSerializer(self._webhook(pk)).data)

    @extend_schema(responses={200: WebhookSerializer, **problems(400, 401, 404)})
    def partial_update(self, request, pk):
        webhook = self._webhook(pk)
        data = valid(WebhookSerializer, request, partial=True)
        webhook = services.webhook_update(webhook=webhook, **data)
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(
        description="Delete it with the log of its deliveries.",
        responses={204: None, **problems(401, 404)},
    )
    def destroy(self, request, pk):
        services.webhook_delete(webhook=self._webhook(pk))
        return Response(status=204)

    @extend_schema(
        description="Make a new secret. For a day the former one signs beside it.",
        request=None,
        responses={200: SecretSerializer, **problems(401, 404)},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request, pk):
        webhook = self._webhook(pk)
        secret = services.webhook_rotate(webhook=webhook)
        told_ = {"secret": secret, "former_until": webhook.former_until}
        return Response(SecretSerializer(told_).data)

    @extend_schema(
        description="Send the event `webhook.test`, once.",
        request=None,
        responses={202: DeliverySerializer, **problems(401, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def test(self, request, pk):
        webhook = self._webhook(pk)
        with told():
            delivery = services.webhook_test(webhook=webhook)
        return Response(DeliverySerializer(delivery).data, status=202)

    @extend_schema(responses={200: DeliverySerializer(many=True), **problems(401, 404)})
    @action(detail=True, methods=["get"], pagination_class=NewestFirst)
    def deliveries(self, request, pk):
        page = self.paginate_queryset(selectors.delivery_list(webhook=self._webhook(pk)))
        return self.get_paginated_response(DeliverySerializer(page, many=True).data)

    def _webhook(self, pk) -> Webhook:
        return selectors.webhook_get(owner=self.request.user, id=pk)


class DeliveryViewSet(Endpoint, viewsets.GenericViewSet):
    """What the caller's webhooks were told, kept for 30 days."""

    read_scope = write_scope = "admin"
    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    filter_backends = []
    pagination_class = None
    lookup_value_converter = "uuid"

    @extend_schema(responses={200: DeliverySerializer, **problems(401, 404)})
    def retrieve(self, request, pk):
        return Response(DeliverySerializer(self._delivery(pk)).data)

    @extend_schema(
        description="Send it again now, and with new retries.",
        request=None,
        responses={202: DeliverySerializer, **problems(401, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def resend(self, request, pk):
        delivery = self._delivery(pk)
        with told():
            delivery = services.delivery_resend(delivery=delivery)
        return Response(DeliverySerializer(delivery).data, status=202)

    def _delivery(self, pk) -> Delivery:
        return selectors.delivery_get(owner=self.request.user, id=pk)
