"""The API for people in a browser: each answer as a page, with forms for what may be sent there.

A browser asks for text/html and is signed in by its session, so that what it sends needs the CSRF
token. Programs, which ask for anything or for JSON, never see this.
"""

import re

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer

from .operations import has_items, operations_at, paths_below

API = "/api/v1/"
LINKABLE = re.compile(r'(?P<id>"id": )?"(?P<text>[^"\s\\]+)"')
SHOWN_HEADERS = ("Location", "RateLimit", "Retry-After", "Allow", "X-Request-ID")


class PageRenderer(BrowsableAPIRenderer):
    """Descends from the framework's own, which descriptions of an API leave out."""

    template = "rest/page.html"

    def render(self, data, accepted_media_type=None, renderer_context=None) -> str:
        request, response = renderer_context["request"], renderer_context["response"]
        response["Content-Type"] = f"{self.media_type}; charset={self.charset}"
        patch_cache_control(response, private=True, no_store=True)
        match = request.resolver_match
        route = match.route if match else ""
        signed_in = bool(request.user and request.user.is_authenticated)
        page = render_to_string(
            self.template,
            {
                "section": "account",
                "path": request.path,
                "crumbs": _crumbs(request.path),
                "method": request.method,
                "status": f"{response.status_code} {response.reason_phrase}",
                "headers": [(n, response[n]) for n in SHOWN_HEADERS if n in response],
                "body": _linked(_text(data), request, items=has_items(route)),
                "next": data.get("next") if isinstance(data, dict) else None,
                "previous": data.get("previous") if isinstance(data, dict) else None,
                "operations": operations_at(route) if signed_in else [],
                "below": paths_below(route, request.path)
                if signed_in and request.path != API
                else [],
                "signed_in": signed_in,
                "sign_in": f"{reverse('account_login')}?next={request.path}",
            },
            request=request._request,
        )
        if response.status_code == 204:  # which could show nothing
            response.status_code = 200
        return page


def _text(data) -> str:
    return JSONRenderer().render(data, "application/json; indent=2").decode() if data else ""


def _crumbs(path: str) -> list[tuple[str, str]]:
    """(name, address) of each step from the root of the API to here."""
    steps, address = [("api/v1", API)], API
    for name in path.removeprefix(API).split("/"):
        if name:
            address += f"{name}/"
            steps.append((name, address))
    return steps


def _linked(text: str, request, *, items: bool) -> str:
    """The text, escaped; addresses of this API in it, and ids of what is listed, are links."""
    here = request.build_absolute_uri(API)
    found, at = [], 0
    for each in LINKABLE.finditer(text):
        value = each["text"]
        if value.startswith((here, API)):
            address = value
        elif items and each["id"]:
            address = f"{request.path}{value}/"
        else:
            continue
        found.append(escape(text[at : each.start("text")]))
        found.append(format_html('<a href="{}">{}</a>', address, value))
        at = each.end("text")
    found.append(escape(text[at:]))
    return mark_safe("".join(found))  # noqa: S308  each part is escaped above
