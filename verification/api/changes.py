"""/api/v1/changes/ and /api/v1/suggestions/, and what the deletions of people and photos share."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.api.viewsets import OwnedViewSet
from faceverify.api.pagination import MostSimilarFirst

from ..gallery import selectors, services
from ..gallery.gallery_models import Role
from ..gallery.models import Change, Suggestion
from .people_serializers import ChangeSerializer, SuggestionSerializer

ERASE = OpenApiParameter(
    "erase",
    OpenApiTypes.BOOL,
    description="Erase at once, which cannot be undone. The answer is 204.",
)


def erase_requested(request) -> bool:
    value = request.query_params.get("erase", "false").lower()
    if value not in ("true", "false"):
        raise ValidationError({"erase": "Give true or false."})
    return value == "true"


def deletion_response(change: Change) -> Response:
    """The answer of a deletion: the change that undoes it, or nothing when it was erased."""
    if change.pk is None:
        return Response(status=204)
    return Response(ChangeSerializer(change).data)


class ChangeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnedViewSet):
    """Changes of the caller's gallery that can still be undone."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    of_one_gallery = True
    queryset = Change.objects.none()
    serializer_class = ChangeSerializer

    def get_queryset(self):
        return selectors.change_list(owner=self.owner)

    def get_object(self) -> Change:
        return selectors.change_get(owner=self.owner, id=self.kwargs["pk"])

    @extend_schema(
        description="Undo the change. The answer is 409, and nothing changes, if the time for it is "
        "over or a later change depends on it.",
        request=None,
        responses={200: ChangeSerializer},
    )
    @action(detail=True, methods=["post"])
    def undo(self, request, pk):
        change = services.change_undo(owner=self.owner, change_id=self.get_object().pk)
        return Response(ChangeSerializer(change).data)

    @extend_schema(description="Erase permanently what this change deleted.")
    def destroy(self, request, pk):
        services.change_erase(owner=self.owner, change_id=self.get_object().pk)
        return Response(status=204)


class SuggestionViewSet(mixins.ListModelMixin, OwnedViewSet):
    """People of the caller's gallery who are probably the same."""

    read_scope, write_scope = "gallery:read", "gallery:write"
    of_one_gallery = True
    queryset = Suggestion.objects.none()
    serializer_class = SuggestionSerializer
    pagination_class = MostSimilarFirst

    def get_queryset(self):
        return selectors.duplicate_suggestions(owner=self.owner)

    @extend_schema(
        description="The two are different people: do not suggest the pair again.",
        request=None,
        responses={200: SuggestionSerializer},
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request, pk):
        suggestion = services.suggestion_dismiss(
            suggestion=selectors.suggestion_get(owner=self.owner, id=pk, role=Role.REVIEWER)
        )
        return Response(SuggestionSerializer(suggestion).data)
