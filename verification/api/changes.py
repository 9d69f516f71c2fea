"""/api/v1/changes/ and /api/v1/suggestions/, and what every endpoint that changes a gallery has in common."""

from contextlib import contextmanager

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from faceverify.rest.endpoint import Endpoint
from faceverify.rest.errors import problems

from ..engine import ImageRefused
from ..gallery import selectors, services
from ..gallery.models import Change, Suggestion
from ..jobs.services import ActionNotAllowed
from .errors import Conflict, PhotoRefused
from .pagination import NewestFirst
from .people_serializers import ChangeSerializer, SuggestionSerializer

ERASE = OpenApiParameter(
    "erase", OpenApiTypes.BOOL, description="Erase at once: this cannot be undone. Answers 204."
)


@contextmanager
def told():
    """What a service refuses, as an API error."""
    try:
        yield
    except ActionNotAllowed as error:
        raise Conflict(str(error)) from error
    except ImageRefused as refusal:
        refusal.which = "image"
        raise PhotoRefused(refusal) from refusal


def valid(serializer_class, request, **options) -> dict:
    form = serializer_class(data=request.data, **options)
    form.is_valid(raise_exception=True)
    return form.validated_data


def wants_erase(request) -> bool:
    value = request.query_params.get("erase", "false").lower()
    if value not in ("true", "false"):
        raise ValidationError({"erase": "Give true or false."})
    return value == "true"


def deleted(change: Change) -> Response:
    """The answer of a deletion: the change that undoes it, or nothing when it was erased."""
    if change.pk is None:
        return Response(status=204)
    return Response(ChangeSerializer(change).data)


class ChangeViewSet(Endpoint, mixins.ListModelMixin, viewsets.GenericViewSet):
    """What was done to the caller's gallery and can still be undone."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Change.objects.none()
    serializer_class = ChangeSerializer
    filter_backends = []
    pagination_class = NewestFirst
    lookup_value_converter = "uuid"

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return Change.objects.none()  # the schema generator, which has no user
        return selectors.change_list(owner=self.request.user)

    @extend_schema(responses={200: ChangeSerializer, **problems(401, 404)})
    def retrieve(self, request, pk):
        return Response(ChangeSerializer(self._change(pk)).data)

    @extend_schema(
        description="Put everything back as it was. Answers 409, and changes nothing, when the "
        "time is over or a later change stands in the way.",
        request=None,
        responses={200: ChangeSerializer, **problems(401, 404, 409)},
    )
    @action(detail=True, methods=["post"])
    def undo(self, request, pk):
        with told():
            change = services.change_undo(owner=request.user, change_id=self._change(pk).pk)
        return Response(ChangeSerializer(change).data)

    @extend_schema(
        description="Erase now and for good what this change deleted.",
        responses={204: None, **problems(401, 404, 409)},
    )
    def destroy(self, request, pk):
        with told():
            services.change_erase(owner=request.user, change_id=self._change(pk).pk)
        return Response(status=204)

    def _change(self, pk) -> Change:
        return selectors.change_get(owner=self.request.user, id=pk)


class MostAlikeFirst(NewestFirst):
    ordering = ("-similarity", "id")


class SuggestionViewSet(Endpoint, mixins.ListModelMixin, viewsets.GenericViewSet):
    """People of the caller's gallery who are probably the same."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    queryset = Suggestion.objects.none()
    serializer_class = SuggestionSerializer
    filter_backends = []
    pagination_class = MostAlikeFirst
    lookup_value_converter = "uuid"

    def get_queryset(self):
        if not self.request or not self.request.user.is_authenticated:
            return Suggestion.objects.none()  # the schema generator, which has no user
        return selectors.duplicate_suggestions(owner=self.request.user)

    @extend_schema(
        description="The two are different people: the pair is not suggested again.",
        request=None,
        responses={200: SuggestionSerializer, **problems(401, 404)},
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request, pk):
        suggestion = selectors.suggestion_get(owner=request.user, id=pk)
        services.suggestion_dismiss(suggestion=suggestion)
        return Response(SuggestionSerializer(suggestion).data)
