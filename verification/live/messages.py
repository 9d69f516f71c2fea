"""What a client sends: frames, with their number and time, from pages of some origin and in some language."""

import struct
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http.request import validate_host
from django.utils.translation import get_supported_language_variant, override
from django.utils.translation.trans_real import parse_accept_lang_header

from ..text.sentences import said
from .errors import (
    BAD_MESSAGE,
    ORIGIN_REFUSED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOO_LARGE,
    LiveRefused,
)
from .tokens import Token, TokenExpired, TokenInvalid, read_token

MAX_FRAME = 150_000  # bytes of a JPEG
HEADER = struct.Struct(">II")  # number, milliseconds since the start
JPEG = b"\xff\xd8"


def frame_of(message: bytes, *, after: tuple[int, int]) -> tuple[int, int, bytes]:
    """(number, milliseconds, JPEG) of a message; both have to be higher than those `after` which it
    comes. Raises LiveRefused."""
    if len(message) > MAX_FRAME + HEADER.size:
        raise LiveRefused(TOO_LARGE)
    if not message[HEADER.size :].startswith(JPEG):
        raise LiveRefused(BAD_MESSAGE)
    number, captured = HEADER.unpack_from(message)
    if number <= after[0] or captured < after[1]:
        raise LiveRefused(BAD_MESSAGE)
    return number, captured, message[HEADER.size :]


def opened_token(text: Any, *, session: UUID, origin: str | None, host: str) -> Token:
    """A token that opens this session from a page of `origin`; None: from no page at all. Raises
    LiveRefused."""
    try:
        token = read_token(str(text), session=session)
    except TokenInvalid as error:
        raise LiveRefused(TOKEN_INVALID) from error
    except TokenExpired as error:
        raise LiveRefused(TOKEN_EXPIRED) from error
    if not is_allowed(origin, token.origins, host):
        raise LiveRefused(ORIGIN_REFUSED)
    return token


def is_allowed(origin: str | None, origins: tuple[str, ...], host: str) -> bool:
    """Whether a page of `origin` may use a token for these origins, on this host of ours."""
    if origin is None:
        return True
    return origin.lower() in origins or is_own(origin, host)


def is_own(origin: str, host: str) -> bool:
    """Whether a page of this origin is one of ours: `host` as the request names it."""
    try:
        parts = urlsplit(origin.lower())
        same = parts.netloc == host.lower()
        known = validate_host(parts.hostname or "", settings.ALLOWED_HOSTS)
    except ValueError:
        return False
    if settings.HTTPS and parts.scheme != "https":
        return False
    return (same and known) or origin in settings.CSRF_TRUSTED_ORIGINS


def header(scope: dict[str, Any], name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key.lower() == name:
            return str(value.decode("latin-1"))
    return None


def language_of(scope: dict[str, Any], asked: object = None) -> str:
    """Which of our languages to speak: as the client asks for, in the form of the header Accept-Language,
    else as that header says."""
    told = asked if isinstance(asked, str) else header(scope, b"accept-language") or ""
    for code, _weight in parse_accept_lang_header(told):
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def said_in(language: str, text: str) -> str:
    """See `said`; a process that serves cameras has no reader of its own."""
    with override(language):
        return said(text)
