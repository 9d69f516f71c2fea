"""/api/v1/keys/"""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet, validated

from .. import access_keys, selectors, services
from ..models import ApiKey
from .serializers import ApiKeySerializer, NewApiKeySerializer, RotationSerializer


class ApiKeyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """The caller's own API keys, revoked and expired ones included."""

    read_scope = write_scope = "admin"
    guarded_actions = ("create", "partial_update", "rotate")  # not revoking, which protects
    omit_from_replay = ("secret", "secret_access_key")
    with_body = ("create", "partial_update", "rotate")
    queryset = ApiKey.objects.none()
    serializer_class = ApiKeySerializer

    def get_queryset(self) -> QuerySet[ApiKey]:
        return selectors.api_key_list(owner=self.owner)

    @extend_schema(
        description="Create a key. Only this answer shows its secret.",
        responses={201: NewApiKeySerializer},
    )
    def create(self, request) -> Response:
        data = validated(ApiKeySerializer, request)
        return self._with_secret(*services.api_key_create(owner=self.owner, **data))

    def partial_update(self, request, pk) -> Response:
        key = self.get_object()
        data = validated(ApiKeySerializer, request, partial=True)
        if "gallery" in data:
            raise ValidationError(
                {"gallery": "A key stays bound as it was made: make another one."}
            )
        services.api_key_update(key=key, **data)
        return self.retrieve(request, pk)

    @extend_schema(
        description="Revoke the key: from now on no program can sign in with it. It stays in the list.",
    )
    def destroy(self, request, pk) -> Response:
        services.api_key_revoke(key=self.get_object())
        return Response(status=204)

    @extend_schema(
        description="Create a new key with the same scopes. The old one keeps working for "
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
        access = access_keys.pair_of(key)
        data = {
            **ApiKeySerializer(key).data,
            "secret": secret,
            "access_key_id": access.id if access else None,
            "secret_access_key": access.secret if access else None,
        }
        return self.created(data, key.pk)
