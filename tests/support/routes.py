"""What the URL configuration serves."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, get_resolver

API = "api/v1/"
NOBODY = "00000000-0000-4000-8000-000000000000"
PARTS = {"id": NOBODY, "pk": NOBODY, "position": "0", "which": "probe", "action": "delete"}
METHODS = ("get", "post", "put", "patch", "delete")


class Route(NamedTuple):
    pattern: str  # as it is written, from the root
    name: str  # with its namespace, as a resolver match gives it
    view: Any


def routes() -> Iterator[Route]:
    def walk(patterns, start: str, space: str) -> Iterator[Route]:
        for entry in patterns:
            pattern = start + str(entry.pattern)
            if isinstance(entry, URLPattern):
                name = f"{space}:{entry.name}" if space else str(entry.name)
                yield Route(pattern, name, entry.callback)
            else:
                inner = entry.namespace or ""
                yield from walk(entry.url_patterns, pattern, f"{space}:{inner}".strip(":"))

    yield from walk(get_resolver().url_patterns, "", "")


def api_methods(view: Any) -> list[str]:
    """What an endpoint answers."""
    bound = getattr(view, "actions", None)
    return [m for m in METHODS if (m in bound if bound is not None else hasattr(view.cls, m))]


def plain(pattern: str) -> str:
    """With `<>` in place of whatever names a thing."""
    return re.sub("<[^>]*>", "<>", pattern)


def addresses() -> list[str]:
    """Every address of the site, with the id of nothing where an address has one."""

    def address(pattern: str) -> str:
        plain = simplify_regex(pattern) if "(?P<" in pattern or "^" in pattern else f"/{pattern}"
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: PARTS.get(name[1], "x"), plain)

    return sorted({address(route.pattern) for route in routes()})
