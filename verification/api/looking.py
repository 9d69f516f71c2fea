"""What the endpoints share that have photos looked at and keep nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ValidationError

from accounts.models import User

from .. import engine
from ..comparisons.submission import USUAL_RATE
from ..looks.numbers import NumbersRefused, checked_numbers
from ..looks.services import Busy, LookFailed, look
from ..text.sentences import said
from .errors import PhotoRefused, model_errors


class Unanswered(APIException):
    """503: what Busy becomes."""

    status_code = 503
    default_code = "busy"

    def __init__(self, error: Busy):
        super().__init__(said(error.detail))
        self.wait = error.retry_after - 0.5  # the header names the next whole second


class NotAnswered(APIException):
    """500: what LookFailed becomes."""

    status_code = 500
    default_code = "internal_error"
    default_detail = gettext_lazy("Something went wrong on our side.")


def looked(
    owner: User,
    task: str,
    photos: Sequence[bytes],
    options: Mapping[str, Any],
    *,
    fields: Sequence[str] = ("probe", "reference"),
) -> dict[str, Any]:
    """See `verification.looks.services.look`; `fields`: what the request calls the photos."""
    with _errors(fields):
        return look(owner, task, photos, options)


@contextmanager
def _errors(fields: Sequence[str]) -> Iterator[None]:
    names = dict(zip(("probe", "reference"), fields, strict=False))
    try:
        with model_errors():
            yield
    except engine.ImageRefused as refusal:
        refusal.which = names.get(str(refusal.which), "")
        raise PhotoRefused(refusal) from refusal
    except Busy as error:
        raise Unanswered(error) from error
    except LookFailed as error:
        raise NotAnswered from error


def rate_of(data: Mapping[str, Any]) -> float:
    """The offered false-match rate that is meant. Raises ValidationError."""
    try:
        return engine.offered_rate(data["false_match_rate"] or USUAL_RATE)
    except engine.RateUnknown as error:
        raise ValidationError({"false_match_rate": str(error)}) from error


def numbers_of(data: Mapping[str, Any]) -> list[float]:
    """The embedding of a request, see `verification.looks.numbers`. Raises ValidationError."""
    try:
        with model_errors():
            return checked_numbers(data["embedding"], data["model"])
    except NumbersRefused as error:
        raise ValidationError({error.field: error.detail}, error.code) from error
