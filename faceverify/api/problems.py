"""Errors of the API as problem+json (RFC 9457), wherever they come from.

    {"type", "title", "status", "detail", "code", "request_id", "errors"?: {field: [{detail, code}]}}

An exception may carry `members`, a dict of further members (for example `remedy`).
"""

from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from ..database_text import NulInText
from ..request_id import request_id
from .errors import Conflict, NoRoom, NotAllowedNow, QuotaExceeded, RoleTooLow

CONTENT_TYPE = "application/problem+json"
API = "/api/"
GENERAL = "non_field_errors"


def problem(status: int, code: str, detail: str, **members) -> dict:
    return {
        "type": f"urn:faceverify:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        **members,
    }


def exception_handler(error: Exception, context: dict) -> Response | None:
    """For REST_FRAMEWORK. What it does not know goes on to `server_error` below."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        told = str(error) if isinstance(error, RoleTooLow) else None
        error = exceptions.PermissionDenied(told)
    elif isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(_by_field(error))
    elif isinstance(error, NotAllowedNow):
        error = Conflict(str(error))
    elif isinstance(error, QuotaExceeded):
        error = NoRoom(error)
    elif isinstance(error, NulInText):
        error = exceptions.ParseError(str(error), "null_characters_not_allowed")
    if not isinstance(error, exceptions.APIException):
        return None

    members = dict(getattr(error, "members", {}))
    if isinstance(error, exceptions.ValidationError):
        code, detail = "invalid", "The request has errors: see `errors`."
        members["errors"] = _errors(error.get_full_details())
    else:
        code, detail = str(error.get_codes()), str(error.detail)
    headers = {}
    if authenticate := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if seconds := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(seconds) + 1)
    set_rollback()
    return Response(
        problem(error.status_code, code, detail, **members),
        status=error.status_code,
        headers=headers,
        content_type=CONTENT_TYPE,
    )


def _by_field(error: DjangoValidationError) -> dict | list:
    return error.message_dict if hasattr(error, "error_dict") else {GENERAL: error.messages}


def _errors(details) -> dict:
    """DRF's details, which may be a list or nested, as {field: [{detail, code}]}."""
    if isinstance(details, list):
        details = {GENERAL: details}
    flat: dict[str, list[dict[str, str]]] = {}
    for field, errors in details.items():
        if isinstance(errors, dict) and "message" not in errors:
            flat |= {f"{field}.{name}": inner for name, inner in _errors(errors).items()}
            continue
        errors = errors if isinstance(errors, list) else [errors]
        flat[field] = [{"detail": str(e["message"]), "code": e["code"]} for e in errors]
    return flat


def _answer(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse(problem(status, code, detail), status=status, content_type=CONTENT_TYPE)


# The root error handlers: problem+json under /api/, a page elsewhere.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(API):
        return _answer(400, "bad_request", "The request cannot be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(API):
        return _answer(403, "permission_denied", "You may not do this.")
    why = str(exception) if isinstance(exception, RoleTooLow) else ""
    return render(request, "403.html", {"why": why}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path_info.startswith(API):
        return _answer(404, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def unavailable(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    title: str | Promise,
    detail: str | Promise,
    retry_after: int,
) -> HttpResponse:
    """Not a root handler: the answer while the server lacks something, see faceverify/outages.py.

    Needs neither database nor session nor cache. A browser sends a form again, with its files, when
    the page that answered it is reloaded; a script of the site's own keeps its form and shows the
    sentence.
    """
    answer: HttpResponse
    if request.path_info.startswith(API):
        again = gettext(
            "Send the request again later, with the same Idempotency-Key if it had one."
        )
        answer = _answer(status, code, f"{detail} {again}")
    elif request.headers.get("Accept", "").startswith("application/json"):
        sentence = gettext("%(detail)s What you chose is still here: try again in a moment.") % {
            "detail": detail
        }
        answer = JsonResponse({"errors": {"__all__": [sentence]}}, status=status)
    else:
        context = {
            "status": status,
            "title": title,
            "detail": detail,
            "sent": request.method not in ("GET", "HEAD"),
        }
        answer = HttpResponse(render_to_string("unavailable.html", context), status=status)
    answer.headers["Retry-After"] = str(retry_after)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def no_room(request: HttpRequest, error: QuotaExceeded) -> HttpResponse:
    """Not a root handler: what the middleware answers for a page that could store nothing."""
    if request.headers.get("Accept", "").startswith("application/json"):  # a script of the page
        words = str(error)
        return JsonResponse({"error": words, "errors": {"__all__": [words]}}, status=413)
    return render(request, "413.html", {"detail": error.detail, "remedy": error.remedy}, status=413)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(API):
        return _answer(500, "internal_error", "Something went wrong on our side.")
    return defaults.server_error(request)
