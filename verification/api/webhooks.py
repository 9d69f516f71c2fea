"""/api/v1/webhooks/ and /api/v1/webhook_deliveries/"""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated
from faceverify.api.pagination import NewestFirst
from faceverify.api.parsers import LimitedJSONParser

from ..webhooks import selectors, services
from ..webhooks.models import EVENTS, URL_LENGTH, Delivery, DeliveryAttempt, Webhook


class WebhookSerializer(serializers.ModelSerializer):
    """`failures` is the number of attempts that failed since the last successful one."""

    url = serializers.CharField(max_length=URL_LENGTH)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=list(EVENTS)), allow_empty=False
    )

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            "id", "url", "description", "events", "enabled", "failures", "former_until",
            "created_at",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = ("id", "failures", "former_until", "created_at")


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(read_only=True, help_text="`whsec_...`, shown only once.")

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = (*WebhookSerializer.Meta.read_only_fields, "enabled")


class SecretSerializer(serializers.Serializer):
    secret = serializers.CharField(help_text="`whsec_...`, shown only once.")
    former_until = serializers.DateTimeField(
        help_text="Until then the former secret signs as well."
    )


class TrySerializer(serializers.ModelSerializer):
    """`status` is that of the receiver's answer; without an answer, `error` is the reason."""

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


class WebhookViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The addresses of the caller's programs to which events are sent."""

    read_scope = write_scope = "admin"
    guarded_actions = ("create", "partial_update", "rotate")  # not deleting, which protects
    omit_from_replay = ("secret",)
    queryset = Webhook.objects.none()
    serializer_class = WebhookSerializer
    parser_classes = [LimitedJSONParser]

    def get_queryset(self):
        return selectors.webhook_list(owner=self.owner)

    @extend_schema(
        description="The answer has the secret for verifying signatures, which is not shown again.",
        request=NewWebhookSerializer,
        responses={201: NewWebhookSerializer},
    )
    def create(self, request):
        data = validated(NewWebhookSerializer, request)
        webhook, secret = services.webhook_create(owner=self.owner, **data)
        return Response({**WebhookSerializer(webhook).data, "secret": secret}, status=201)

    def partial_update(self, request, pk):
        webhook = self.get_object()
        data = validated(WebhookSerializer, request, partial=True)
        webhook = services.webhook_update(webhook=webhook, **data)
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(description="Delete the webhook and the log of its deliveries.")
    def destroy(self, request, pk):
        services.webhook_delete(webhook=self.get_object())
        return Response(status=204)

    @extend_schema(
        description="Create a new secret. For a day, requests are signed with the former one as well.",
        request=None,
        responses={200: SecretSerializer},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request, pk):
        webhook = self.get_object()
        secret = services.webhook_rotate(webhook=webhook)
        rotated = {"secret": secret, "former_until": webhook.former_until}
        return Response(SecretSerializer(rotated).data)

    @extend_schema(
        description="Send the event `webhook.test` once.",
        request=None,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def test(self, request, pk):
        delivery = services.webhook_test(webhook=self.get_object())
        return Response(DeliverySerializer(delivery).data, status=202)

    @extend_schema(
        operation_id="webhooks_deliveries_retrieve",
        responses={200: DeliverySerializer(many=True)},
    )
    @action(detail=True, methods=["get"], pagination_class=NewestFirst)
    def deliveries(self, request, pk):
        page = self.paginate_queryset(selectors.delivery_list(webhook=self.get_object()))
        return self.get_paginated_response(DeliverySerializer(page, many=True).data)


class DeliveryViewSet(mixins.RetrieveModelMixin, OwnedViewSet):
    """Events sent to the caller's webhooks, kept for 30 days."""

    read_scope = write_scope = "admin"
    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer

    def get_object(self) -> Delivery:
        return selectors.delivery_get(owner=self.owner, id=self.kwargs["pk"])

    @extend_schema(
        description="Send the event again now, with new retries.",
        request=None,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def resend(self, request, pk):
        delivery = services.delivery_resend(delivery=self.get_object())
        return Response(DeliverySerializer(delivery).data, status=202)
