"""What the viewsets of all resources with an owner share."""

import threading
from typing import Any, cast

from rest_framework import serializers, viewsets
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import BasePagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from faceverify.api.endpoint import Endpoint
from faceverify.api.pagination import CursorPagination, NewestFirst
from faceverify.api.rates import SubmitRate
from faceverify.api.unknown import refuse_unknown_fields

from ..models import User
from ..reauthentication import IsRecent


class OwnedViewSet(Endpoint, viewsets.GenericViewSet):
    """Resources that belong to a user. Those of other users are answered 404."""

    filter_backends: list[type[BaseFilterBackend]] = []
    pagination_class: type[BasePagination] = NewestFirst
    lookup_value_converter = "uuid"
    # Actions whose POST carries photos, or a ZIP of them, and has a rate limit of its own.
    submit_actions: tuple[str, ...] = ()
    # Actions that a thief of an open session must not be able to do.
    guarded_actions: tuple[str, ...] = ()

    @property
    def owner(self) -> User:
        """The user who sent the request; permissions have refused anonymous ones."""
        return cast(User, self.request.user)

    def get_permissions(self) -> list[Any]:
        guards = [IsRecent()] if self.action in self.guarded_actions else []
        return [*super().get_permissions(), *guards]

    def get_throttles(self) -> list[BaseThrottle]:
        throttles = super().get_throttles()
        if self.action in self.submit_actions and self.request.method == "POST":
            throttles.append(SubmitRate())
        return throttles

    def known_parameters(self) -> set[str]:
        """Also those of pages and filters."""
        known = super().known_parameters()
        # An action that pages names its pagination.
        if self.request.method in SAFE_METHODS and (
            self.action == "list" or "pagination_class" in self.__dict__
        ):
            known |= {CursorPagination.cursor_query_param, CursorPagination.page_size_query_param}
        if self.action == "list" and (filters := getattr(self, "filterset_class", None)):
            known |= filters.base_filters.keys()
        return known

    def created(self, data: Any, pk: Any, status: int = 201) -> Response:
        """The answer of a creation, with the address of the new row."""
        location = self.reverse_action("detail", kwargs={"pk": pk})
        return Response(data, status=status, headers={"Location": location})


def validated(
    serializer_class: type[serializers.BaseSerializer], request: Request, **options: Any
) -> dict:
    """The data of a request's body. Raises ValidationError, also for a field that it does not know.

    A serializer with `kept` is made once in each thread: making its fields takes longer than using them.
    """
    if getattr(serializer_class, "kept", False) and not options:
        serializer = _kept(serializer_class)
        serializer.initial_data = request.data
    else:
        serializer = serializer_class(data=request.data, **options)
    try:
        refuse_unknown_fields(serializer, request)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
    finally:  # what was sent is not kept
        for name in ("initial_data", "_validated_data", "_errors"):
            serializer.__dict__.pop(name, None)


_of_thread = threading.local()


def _kept(serializer_class: type[serializers.BaseSerializer]) -> serializers.BaseSerializer:
    kept: dict[Any, Any] = _of_thread.__dict__
    if serializer_class not in kept:
        kept[serializer_class] = serializer_class()
    return kept[serializer_class]
