"""Errors as CompreFace answers them: `{"message", "code"}`, with its numbers."""

from enum import IntEnum
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from faceverify.api import problems

from ..engine import DecodersBusy, ImageRefused
from ..looks.services import Busy, LookFailed
from ..text.sentences import said


class Code(IntEnum):
    """Clients compare with these numbers: Double Take takes 28 for "nobody is there"."""

    OTHER = 0
    KEY_UNKNOWN = 10
    IMAGE_NOT_FOUND = 11
    HEADER_MISSING = 20
    FILE_UNUSABLE = 21
    VALUE_NOT_ALLOWED = 26
    NO_FACE = 28
    SEVERAL_FACES = 31
    PARAMETER_MISSING = 33
    PART_MISSING = 34
    ARGUMENT_WRONG = 36
    SUBJECT_NOT_FOUND = 42
    SUBJECT_EXISTS = 43
    EMBEDDING_NOT_FOUND = 44


NOT_FOUND = (
    Code.KEY_UNKNOWN,
    Code.IMAGE_NOT_FOUND,
    Code.SUBJECT_NOT_FOUND,
    Code.EMBEDDING_NOT_FOUND,
)


class CompreFaceError(exceptions.APIException):
    """An error with one of CompreFace's numbers, and the status that goes with it."""

    def __init__(self, number: Code, message: str):
        super().__init__(message)
        self.number = number
        self.status_code = 404 if number in NOT_FOUND else 400


def no_face() -> CompreFaceError:
    return CompreFaceError(Code.NO_FACE, "No face is found in the given image")


def several_faces() -> CompreFaceError:
    return CompreFaceError(Code.SEVERAL_FACES, "Found more than one face")


def image_not_found() -> CompreFaceError:
    return CompreFaceError(Code.IMAGE_NOT_FOUND, "There is no image with this id")


def subject_not_found() -> CompreFaceError:
    return CompreFaceError(Code.SUBJECT_NOT_FOUND, "There is no such subject")


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """For the views of this room. What neither it nor the API knows becomes an error 500."""
    known = _in_numbers(error)
    if known is not None:
        set_rollback()
        return _answer(known.number, str(known.detail), known.status_code)
    if isinstance(error, Busy):
        again = {"Retry-After": str(error.retry_after)}
        return _answer(Code.OTHER, said(error.detail), 503, again)
    if isinstance(error, DecodersBusy):
        return _answer(Code.OTHER, said(error.detail), 503, {"Retry-After": "1"})
    if isinstance(error, LookFailed):
        return _answer(Code.OTHER, "Something went wrong on our side.", 500)
    answer = problems.exception_handler(error, context)
    if answer is None:
        return None
    data = answer.data or {}
    number = Code.VALUE_NOT_ALLOWED if "errors" in data else Code.OTHER
    again = {
        name: answer.headers[name] for name in ("Retry-After", "Allow") if name in answer.headers
    }
    return _answer(number, _told(data), answer.status_code, again)


def _in_numbers(error: Exception) -> CompreFaceError | None:
    if isinstance(error, CompreFaceError):
        return error
    if isinstance(error, exceptions.NotAuthenticated):
        return CompreFaceError(Code.HEADER_MISSING, "Missing header: x-api-key")
    if isinstance(error, exceptions.AuthenticationFailed):
        return CompreFaceError(Code.KEY_UNKNOWN, str(error.detail))
    if isinstance(error, ImageRefused):
        return of_refusal(error.code, said(error.detail))
    if isinstance(error, DjangoValidationError):
        return CompreFaceError(Code.VALUE_NOT_ALLOWED, " ".join(error.messages))
    return None


def of_refusal(code: str, detail: str) -> CompreFaceError:
    """The refusal of a photo: only "no face" and "several faces" have numbers of their own."""
    if code == "no_face_found":
        return no_face()
    if code == "several_faces":
        return several_faces()
    return CompreFaceError(Code.FILE_UNUSABLE, detail)


def _told(data: dict) -> str:
    """The sentences of a problem, one after the other."""
    fields = data.get("errors", {})
    told = [
        error["detail"] if name == problems.GENERAL else f"{name}: {error['detail']}"
        for name, errors in fields.items()
        for error in errors
    ]
    return " ".join(told) or data.get("detail", "")


def _answer(
    number: Code, message: str, status: int, headers: dict[str, str] | None = None
) -> Response:
    body = {"message": message, "code": int(number)}
    return Response(body, status=status, headers=headers)
