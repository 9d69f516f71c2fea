"""What a request carries and when it is sent again, alike for both clients."""

from os import PathLike
from pathlib import Path
from typing import Any

import httpx
from httpx_retries import Retry

from .version import __version__

Photo = bytes | str | PathLike[str]
Options = dict[str, Any]

SERVER_WAIT = 10.0  # seconds that the server holds an answer at most
PATIENCE = 120.0  # seconds until a result that does not come is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
# Tried again: the server is busy or away. A POST carries an Idempotency-Key, so that one that
# was carried out although its answer got lost is not carried out twice.
RETRIED = (429, 502, 503, 504)


def base_url(url: str) -> str:
    return f"{url.rstrip('/')}/api/v1/"


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "User-Agent": f"faceverify-client/{__version__}"}


def retry(retries: int, longest_pause: float) -> Retry:
    return Retry(
        total=retries,
        allowed_methods=("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"),
        status_forcelist=RETRIED,
        backoff_factor=0.25,
        backoff_jitter=0.5,
        max_backoff_wait=longest_pause,
    )


def asked_pause(answer: httpx.Response) -> float:
    """The seconds after which to ask again, as an answer says; 0 if it says nothing."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 0.0


def file(photo: Photo, name: str = "photo") -> tuple[str, bytes]:
    """(file name, bytes): read now, so that a retry sends it whole."""
    if isinstance(photo, bytes):
        return name, photo
    path = Path(photo)
    return path.name, path.read_bytes()


def fields(options: Options) -> dict[str, str]:
    """Options as a form has them, without those that are None."""
    return {name: _text(value) for name, value in options.items() if value is not None}


def query(filters: Options) -> Options:
    """Filters of a list that say something."""
    return {name: value for name, value in filters.items() if value not in ("", None, ())}


def unreachable(url: httpx.URL, error: Exception) -> str:
    """Why there is no answer, in words."""
    if isinstance(error, httpx.InvalidURL):
        return f"The server's address is not valid: {error}"
    return f"{url.host} does not answer: {str(error) or type(error).__name__}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
