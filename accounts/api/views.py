"""/api/v1/keys/"""

from contextlib import contextmanager

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.reverse import reverse

from faceverify.api.endpoint import Endpoint
from faceverify.api.errors import Conflict, problems
from faceverify.api.pagination import NewestFirst

from .. import selectors, services
from ..models import ApiKey
from .serializers import ApiKeySerializer, NewApiKeySerializer, RotationSerializer


@contextmanager
def told():
    """What a service refuses, as an API error."""
    try:
        yield
    except services.KeyNotActive as error:
        raise Conflict(str(error)) from error


@extend_schema_view(list=extend_schema(responses={200: ApiKeySerializer, **problems(401, 403)}))
class ApiKeyViewSet(Endpoint, mixins.ListModelMixin, viewsets.GenericViewSet):
    """The caller's own API keys, those that have ended included."""

    read_scope = write_scope = "admin"
    omit_from_replay = ("secret",)
    queryset = ApiKey.objects.none()
    serializer_class = ApiKeySerializer
    pagination_class = NewestFirst
    filter_backends = []
    lookup_value_converter = "uuid"

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return ApiKey.objects.none()  # the schema generator, which has no user
        return selectors.api_key_list(owner=self.request.user)

    @extend_schema(
        description="Make a key. The answer is the only one that shows its secret.",
        request=ApiKeySerializer,
        responses={201: NewApiKeySerializer, **problems(400, 401, 403)},
    )
    def create(self, request):
        form = ApiKeySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._made(*services.api_key_create(owner=request.user, **form.validated_data))

    @extend_schema(responses={200: ApiKeySerializer, **problems(401, 403, 404)})
    def retrieve(self, request, pk):
        return Response(ApiKeySerializer(self._key(pk)).data)

    @extend_schema(responses={200: ApiKeySerializer, **problems(400, 401, 403, 404, 409)})
    def partial_update(self, request, pk):
        key = self._key(pk)
        form = ApiKeySerializer(key, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with told():
            services.api_key_update(key=key, **form.validated_data)
        return Response(ApiKeySerializer(self._key(pk)).data)

    @extend_schema(
        description="Revoke the key: no program can sign in with it from now on. It stays listed.",
        responses={204: None, **problems(401, 403, 404)},
    )
    def destroy(self, request, pk):
        services.api_key_revoke(key=self._key(pk))
        return Response(status=204)

    @extend_schema(
        description="Make a new key that may do the same. The old one goes on working for "
        "`overlap_hours`, so that programs can be changed one after the other.",
        request=RotationSerializer,
        responses={201: NewApiKeySerializer, **problems(400, 401, 403, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request, pk):
        key = self._key(pk)
        form = RotationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with told():
            return self._made(*services.api_key_rotate(key=key, **form.validated_data))

    def _key(self, pk) -> ApiKey:
        return selectors.api_key_get(owner=self.request.user, id=pk)

    def _made(self, key: ApiKey, secret: str) -> Response:
        key.secret = secret
        where = reverse("keys_api:key-detail", kwargs={"pk": key.pk}, request=self.request)
        return Response(NewApiKeySerializer(key).data, status=201, headers={"Location": where})
