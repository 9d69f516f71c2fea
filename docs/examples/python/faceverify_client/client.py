"""The client: one method an operation of the API."""

import time
import uuid
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import httpx
from httpx_retries import Retry, RetryTransport

from .errors import ApiError, NotFinished, ServerUnreachable, problem_of
from .live import LiveSession
from .results import Anchor, Json, Person, Verification

__version__ = "1.0.0"

Photo = bytes | str | PathLike[str]
Finishing = TypeVar("Finishing", Verification, Anchor)

SERVER_WAIT = 10.0  # seconds that the server holds an answer at most
PATIENCE = 120.0  # seconds until a result that does not come is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
# Tried again: the server is busy or away. A POST carries an Idempotency-Key, so that one that
# was carried out although its answer got lost is not carried out twice.
RETRIED = (429, 502, 503, 504)


class Client:
    """A program's connection to one faceverify server. Safe to share between threads.

    Args:
        url: the server's address, for example `https://faces.example.org`.
        key: an API key, `fv_...`.
        timeout: seconds for connecting, and between two pieces of an answer.
        retries: how often a request is sent again after 429, 502, 503, 504 or a broken
            connection, with growing pauses, or after the pause that `Retry-After` asks for.
        longest_pause: seconds that one of these pauses may last.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30.0,
        retries: int = 5,
        longest_pause: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ):
        retry = Retry(
            total=retries,
            allowed_methods=("GET", "HEAD", "POST", "DELETE", "OPTIONS"),
            status_forcelist=RETRIED,
            backoff_factor=0.25,
            backoff_jitter=0.5,
            max_backoff_wait=longest_pause,
        )
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={
                "Authorization": f"Bearer {key}",
                "User-Agent": f"faceverify-client/{__version__}",
            },
            timeout=timeout,
            transport=RetryTransport(transport or httpx.HTTPTransport(), retry=retry),
        )
        self._transport = transport

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # Verdicts

    def compare(
        self, probe: Photo, reference: Photo, *, patience: float = PATIENCE, **options: Any
    ) -> Verification:
        """Do two photos show the same person? Waits for the verdict, at most `patience` seconds.

        A photo is its bytes or a path. Options: `title`, `false_match_rate` (0.01, 0.001,
        0.0001 or 0.00001), `probe_face`, `reference_face` (which of several faces, counted from 0).
        """
        photos = {"probe": probe, "reference": reference}
        return self._submit("verifications/", photos, options, patience)

    def verify(
        self, probe: Photo, person_id: str, *, patience: float = PATIENCE, **options: Any
    ) -> Verification:
        """Does a photo show this person of the gallery?"""
        options = options | {"person": person_id}
        return self._submit("verifications/", {"probe": probe}, options, patience)

    def identify(self, probe: Photo, *, patience: float = PATIENCE, **options: Any) -> Verification:
        """Whom of the gallery does a photo show? See `candidates` of the result."""
        return self._submit("identifications/", {"probe": probe}, options, patience)

    def verification(self, id: str) -> Verification:
        return Verification.of(self.get(f"verifications/{id}/"))

    def history(self, **filters: Any) -> Iterator[Verification]:
        """Past verifications, newest first. Filters: `state`, `outcome`, `kind`, `q`,
        `created_after`, `created_before`."""
        return (Verification.of(raw) for raw in self.pages("verifications/", filters))

    def delete(self, id: str) -> None:
        """Delete a verification and its photos for good."""
        self.request("DELETE", f"verifications/{id}/")

    # The gallery

    def people(self, *, q: str = "", tag: str = "") -> Iterator[Person]:
        filters = {"q": q, "tag": tag}
        return (Person.of(raw) for raw in self.pages("people/", filters))

    def person(self, id: str) -> Person:
        return Person.of(self.get(f"people/{id}/"))

    def person_add(self, name: str, **fields: Any) -> Person:
        """A new person. Fields: `note`, `tags`, `consent_given_by`, `consent_at`, `consent_for`."""
        return Person.of(self.post("people/", json={"name": name, **fields}))

    def person_delete(self, id: str) -> None:
        self.request("DELETE", f"people/{id}/")

    def anchors(self, person_id: str) -> Iterator[Anchor]:
        return (Anchor.of(raw) for raw in self.pages(f"people/{person_id}/anchors/", {}))

    def anchor_add(
        self, person_id: str, photo: Photo, *, patience: float = PATIENCE, **options: Any
    ) -> Anchor:
        """Add a photo of a person and wait until it can be compared with, or is refused.
        Option: `face_index`. With `patience=0` it does not wait."""
        files = {"image": _file(photo)}
        anchor = Anchor.of(self.post(f"people/{person_id}/anchors/", files=files, data=options))
        return self._finished(anchor, lambda id: self.anchor(id), patience)

    def anchor(self, id: str) -> Anchor:
        return Anchor.of(self.get(f"anchors/{id}/"))

    # Live

    def live(
        self, *, person: str | None = None, photo: Photo | None = None, **options: Any
    ) -> LiveSession:
        """A session that looks for a person of the gallery by id, for the one on a photo, or for
        everyone. Options: `challenge`, `false_match_rate`."""
        found = {"task": "verify" if person or photo else "identify", "person": person, **options}
        given = {name: value for name, value in found.items() if value is not None}
        if photo is None:
            raw = self.post("live_sessions/", json=given)
        else:
            data = {name: _text(value) for name, value in given.items()}
            raw = self.post("live_sessions/", data=data, files={"photo": _file(photo)})
        frames = self._http.base_url.join(f"../../live/sessions/{raw['id']}/frames/")
        return LiveSession(self, raw, frames, self._transport)

    # Requests

    def get(self, path: str, **options: Any) -> Json:
        return self.request("GET", path, **options).json()

    def post(self, path: str, **options: Any) -> Json:
        return self.request("POST", path, **options).json()

    def request(self, method: str, path: str, *, again: int = 10, **options: Any) -> httpx.Response:
        """Send one request below /api/v1/, with retries. Raises ApiError, ServerUnreachable."""
        headers = options.pop("headers", {})
        if method == "POST":
            headers = {"Idempotency-Key": str(uuid.uuid4()), **headers}
        try:
            answer = self._http.request(method, path, headers=headers, **options)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ServerUnreachable(
                f"{self._http.base_url.host} does not answer: {reason}"
            ) from error
        except httpx.InvalidURL as error:
            raise ServerUnreachable(f"The server's address is not valid: {error}") from error
        if answer.is_success:
            return answer
        refused = ApiError(answer.status_code, problem_of(answer))
        if refused.code == "idempotency_in_progress" and again:
            # Our own first try, whose answer was lost, is still being carried out.
            time.sleep(FIRST_PAUSE * 10)
            return self.request(method, path, headers=headers, again=again - 1, **options)
        raise refused

    def pages(self, path: str, filters: dict[str, Any]) -> Iterator[Json]:
        """Every row of a list, page after page."""
        params = {name: value for name, value in filters.items() if value not in ("", None, ())}
        page = self.get(path, params={"page_size": 100, **params})  # the most there are
        while True:
            yield from page["results"]
            if not page.get("next"):
                return
            # The address may be told as a proxy sees it: only its query is followed.
            page = self.get(path, params=httpx.URL(page["next"]).params)

    def _submit(
        self, path: str, photos: dict[str, Photo], options: dict, patience: float
    ) -> Verification:
        files = {which: _file(photo, which) for which, photo in photos.items()}
        data = {name: str(value) for name, value in options.items() if value is not None}
        started = time.monotonic()
        raw = self.post(path, params={"wait": min(SERVER_WAIT, patience)}, files=files, data=data)
        left = patience - (time.monotonic() - started)
        return self._finished(Verification.of(raw), self.verification, max(0.0, left))

    def _finished(
        self, row: Finishing, again: Callable[[str], Finishing], patience: float
    ) -> Finishing:
        deadline, pause = time.monotonic() + patience, FIRST_PAUSE
        while not row.is_finished and patience:
            if time.monotonic() > deadline:
                raise NotFinished(row.id)
            time.sleep(pause)
            row, pause = again(row.id), min(pause * 1.5, LONGEST_PAUSE)
        return row


def _text(value: object) -> str:
    """As a form has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _file(photo: Photo, name: str = "photo") -> tuple[str, bytes]:
    """(file name, bytes): read now, so that a retry sends it whole."""
    if isinstance(photo, bytes):
        return name, photo
    path = Path(photo)
    return path.name, path.read_bytes()
