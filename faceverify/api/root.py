"""/api/v1/: the addresses of the API."""

from django.urls import URLPattern, get_resolver, reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from .endpoint import Endpoint
from .scopes import Scope

ROOT = "api/v1/"
ADDRESSES = {
    "type": "object",
    "additionalProperties": {"type": "string", "format": "uri"},
    "examples": [{"people": "https://example.org/api/v1/people/"}],
}


class RootView(Endpoint):
    read_scope = tuple(Scope.values)

    @extend_schema(
        operation_id="root",
        summary="List the API's addresses",
        tags=["root"],
        description="The addresses to begin with, by name.",
        responses={200: ADDRESSES},
    )
    def get(self, request):
        names = sorted(_names(get_resolver().url_patterns))
        root = request.build_absolute_uri(reverse("api_root"))
        return Response({name: f"{root}{name}/" for name in names})


def _names(patterns, start: str = ""):
    """The names of the routes one step below the root, which need no id."""
    for entry in patterns:
        route = f"{start}{entry.pattern}"
        if not isinstance(entry, URLPattern):
            yield from _names(entry.url_patterns, route)
            continue
        name = route.removeprefix(ROOT).removesuffix("/")
        if route.startswith(ROOT) and name.replace("_", "").isalpha():
            yield name
