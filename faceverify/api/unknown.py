"""What a request says and its address does not know is an error by name: nothing is silently dropped."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Protocol

from django.http import QueryDict
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

FORMAT = "format"  # of the answer, which Django REST framework reads
CSRF_FIELD = "csrfmiddlewaretoken"
MOST = 20  # names in one answer
LONGEST = 100  # characters of a name


class KnowsParameters(Protocol):
    """A view of the API."""

    def known_parameters(self) -> set[str]: ...


def refuse_unknown_parameters(view: "KnowsParameters", request: Request) -> None:
    """Raise ValidationError for query parameters that the view does not know. Where the body is a file
    the query has the fields of the form: see `refuse_unknown_fields`."""
    if not _fields_are_in_query(request):
        known = view.known_parameters()
        _refuse(_unknown(request.query_params, known | {FORMAT}), known, "parameter")


def refuse_body(request: Request) -> None:
    """Raise ValidationError for the fields of a body where none is read."""
    data = request.data
    if isinstance(data, Mapping):
        _refuse(_unknown(data, {CSRF_FIELD}), (), "field")
    elif data:
        raise ValidationError("This request takes no body.", "unknown_field")


def refuse_unknown_fields(serializer: BaseSerializer, request: Request) -> None:
    """Raise ValidationError for fields of the body that the serializer does not take."""
    data = request.data
    if not isinstance(data, Mapping):
        return  # the serializer says what it wants
    fields = getattr(serializer, "fields", {})
    taken = [name for name, field in fields.items() if not field.read_only]
    fixed = {name for name, field in fields.items() if field.read_only}
    also = {CSRF_FIELD}
    if _fields_are_in_query(request):
        also = _view(request).known_parameters() | {FORMAT}
    names = list(data)
    if isinstance(data, QueryDict):  # in a form `tags[0]` is an item of `tags`
        whole = {name: re.split(r"[\[.]", name, maxsplit=1)[0] for name in names}
        names = [name for name in names if whole[name] not in taken]
    unknown = _unknown(names, {*taken, *also})
    read_only = [ErrorDetail("This field is only read: leave it out.", "read_only_field")]
    _refuse(
        [name for name in unknown if name not in fixed],
        taken,
        "field",
        {name: read_only for name in unknown if name in fixed},
    )


def _fields_are_in_query(request: Request) -> bool:
    if request.method in SAFE_METHODS:
        return False
    assert request.negotiator is not None  # the view has set both
    parser = request.negotiator.select_parser(request, request.parsers or ())
    return getattr(parser, "fields_in_query", False)


def _view(request: Request) -> "KnowsParameters":
    return request.parser_context["view"]


def _unknown(names: Iterable[str], known: Collection[str]) -> list[str]:
    return [name for name in names if name not in known]


def _refuse(
    unknown: list[str],
    known: Collection[str],
    noun: str,
    errors: dict[str, list[ErrorDetail]] | None = None,
) -> None:
    errors = dict(errors or {})
    for name in unknown[:MOST]:
        meant = get_close_matches(name, known, 1)
        if meant:
            hint = f"Do you mean {meant[0]}?"
        elif known:
            hint = f"Known: {', '.join(sorted(known))}."
        else:
            hint = "None is known here."
        shown = name.replace("\x00", "")[:LONGEST]
        errors[shown] = [ErrorDetail(f"There is no such {noun}. {hint}", f"unknown_{noun}")]
    if errors:
        raise ValidationError(errors)
