"""/api/v1/keys/"""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated

from .. import selectors, services
from ..models import ApiKey
from .serializers import ApiKeySerializer, NewApiKeySerializer, RotationSerializer


class ApiKeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The caller's own API keys, those that have ended included."""

    read_scope = write_scope = "admin"
    omit_from_replay = ("secret",)
    queryset = ApiKey.objects.none()
    serializer_class = ApiKeySerializer

    def get_queryset(self) -> QuerySet[ApiKey]:
        return selectors.api_key_list(owner=self.owner)

    @extend_schema(
        description="Make a key. The answer is the only one that shows its secret.",
        responses={201: NewApiKeySerializer},
    )
    def create(self, request) -> Response:
        data = validated(ApiKeySerializer, request)
        return self._with_secret(*services.api_key_create(owner=self.owner, **data))

    def partial_update(self, request, pk) -> Response:
        key = self.get_object()
        data = validated(ApiKeySerializer, request, partial=True)
        services.api_key_update(key=key, **data)
        return self.retrieve(request, pk)

    @extend_schema(
        description="Revoke the key: no program can sign in with it from now on. It stays listed.",
    )
    def destroy(self, request, pk) -> Response:
        services.api_key_revoke(key=self.get_object())
        return Response(status=204)

    @extend_schema(
        description="Make a new key that may do the same. The old one goes on working for "
        "`overlap_hours`, so that programs can be changed one after the other.",
        request=RotationSerializer,
        responses={201: NewApiKeySerializer},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request, pk) -> Response:
        key = self.get_object()
        data = validated(RotationSerializer, request)
        return self._with_secret(*services.api_key_rotate(key=key, **data))

    def _with_secret(self, key: ApiKey, secret: str) -> Response:
        data = {**ApiKeySerializer(key).data, "secret": secret}
        return self.created(data, key.pk)
