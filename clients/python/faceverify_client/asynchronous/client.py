"""The client: one method for each thing that a program does often, `get` and `post` for the rest."""

import uuid
from asyncio import sleep
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, TypeVar

import httpx
from httpx_retries import RetryTransport

from ..errors import ApiError, NotFinished, ServerUnreachable, problem_of
from ..results import (
    Anchor,
    Candidate,
    Detection,
    Json,
    Person,
    Verdict,
    Verification,
)
from ..transfers import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PATIENCE,
    SERVER_WAIT,
    Photo,
    asked_pause,
    base_url,
    fields,
    file,
    headers,
    query,
    retry,
    unreachable,
)
from .live import AsyncLiveSession

Finishing = TypeVar("Finishing", Verification, Anchor)


class AsyncClient:
    """A program's connection to one faceverify server.

    Args:
        url: the server's address, for example `https://faces.example.org`.
        key: an API key, `fv_...`.
        timeout: seconds for connecting, and between two pieces of an answer.
        retries: how often a request is sent again after 429, 502, 503, 504 or a broken
            connection, with growing pauses, or after the pause that `Retry-After` asks for.
        longest_pause: seconds that one of these pauses may last.

    A photo is its bytes or a path. Every method raises ApiError for what the server refuses, and
    ServerUnreachable when no answer comes.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 60.0,
        retries: int = 5,
        longest_pause: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ):
        again = retry(retries, longest_pause)
        self._http = httpx.AsyncClient(
            base_url=base_url(url),
            headers=headers(key),
            timeout=timeout,
            transport=RetryTransport(transport or httpx.AsyncHTTPTransport(), retry=again),
        )
        self._transport = transport

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    # Verdicts

    async def compare(
        self, probe: Photo, reference: Photo, *, patience: float = PATIENCE, **options: Any
    ) -> Verification:
        """Do two photos show the same person? Waits for the verdict, at most `patience` seconds.

        Options: `title`, `false_match_rate` (0.01, 0.001, 0.0001 or 0.00001), `probe_face`,
        `reference_face` (which of several faces, counted from 0).
        """
        photos = {"probe": probe, "reference": reference}
        return await self._submit("verifications/", photos, options, patience)

    async def verify(
        self, probe: Photo, person_id: str, *, patience: float = PATIENCE, **options: Any
    ) -> Verification:
        """Does a photo show this person of the gallery?"""
        options = options | {"person": person_id}
        return await self._submit("verifications/", {"probe": probe}, options, patience)

    async def identify(
        self, probe: Photo, *, patience: float = PATIENCE, **options: Any
    ) -> Verification:
        """Whom of the gallery does a photo show? See `candidates` of the result."""
        return await self._submit("identifications/", {"probe": probe}, options, patience)

    async def identify_group(
        self, probe: Photo, *, patience: float = PATIENCE, **options: Any
    ) -> Verification:
        """Who is on a photo of several people? See `named_faces` of the result's `raw`."""
        return await self._submit("group_identifications/", {"probe": probe}, options, patience)

    async def verification(self, id: str) -> Verification:
        return Verification.of(await self.get(f"verifications/{id}/"))

    async def history(self, **filters: Any) -> AsyncIterator[Verification]:
        """Past verifications, newest first. Filters: `state`, `outcome`, `kind`, `q`,
        `created_after`, `created_before`."""
        async for raw in self.pages("verifications/", filters):
            yield Verification.of(raw)

    async def delete(self, id: str) -> None:
        """Delete a verification and its photos for good."""
        await self.request("DELETE", f"verifications/{id}/")

    async def review(self, id: str, judgement: str, *, note: str = "") -> Json:
        """Say what a verdict should have been: `same`, `different` or `unsure`."""
        said = {"judgement": judgement, "note": note}
        return (await self.request("PUT", f"verifications/{id}/review/", json=said)).json()

    # Without a trace: the server keeps neither photos nor answers

    async def detect(self, photo: Photo, **options: Any) -> Detection:
        """Every face of a photo, the largest first, measured. Option: `max_faces`."""
        return Detection.of(await self._look("detect/", {"photo": photo}, options))

    async def embeddings(self, photo: Photo, **options: Any) -> Detection:
        """The same with the `embedding` of each face. The key needs the scope `embeddings`."""
        return Detection.of(await self._look("embeddings/", {"photo": photo}, options))

    async def compare_dry(self, probe: Photo, reference: Photo, **options: Any) -> Verdict:
        """As `compare`, but nothing is stored. A photo that cannot be used raises ApiError."""
        photos = {"probe": probe, "reference": reference}
        return Verdict.of(await self._look("verifications/dry/", photos, options))

    async def verify_dry(self, probe: Photo, person_id: str, **options: Any) -> Verdict:
        """As `verify`, but nothing is stored."""
        options = options | {"person": person_id}
        return Verdict.of(await self._look("verifications/dry/", {"probe": probe}, options))

    async def identify_dry(self, probe: Photo, **options: Any) -> list[Candidate]:
        """As `identify`, but nothing is stored. Option: `limit`."""
        found = await self._look("identifications/dry/", {"probe": probe}, options)
        return [Candidate.of(raw) for raw in found["candidates"]]

    # The gallery

    async def people(self, *, q: str = "", tag: str = "", **filters: Any) -> AsyncIterator[Person]:
        async for raw in self.pages("people/", {"q": q, "tag": tag, **filters}):
            yield Person.of(raw)

    async def person(self, id: str) -> Person:
        return Person.of(await self.get(f"people/{id}/"))

    async def person_add(self, name: str, **details: Any) -> Person:
        """A new person. Details: `note`, `tags`, `consent_given_by`, `consent_at`, `consent_for`."""
        return Person.of(await self.post("people/", json={"name": name, **details}))

    async def person_update(self, id: str, **details: Any) -> Person:
        answer = await self.request("PATCH", f"people/{id}/", json=details)
        return Person.of(answer.json())

    async def person_delete(self, id: str) -> None:
        await self.request("DELETE", f"people/{id}/")

    async def anchors(self, person_id: str) -> AsyncIterator[Anchor]:
        async for raw in self.pages(f"people/{person_id}/anchors/", {}):
            yield Anchor.of(raw)

    async def anchor_add(
        self, person_id: str, photo: Photo, *, patience: float = PATIENCE, **options: Any
    ) -> Anchor:
        """Add a photo of a person and wait until it can be compared with, or is refused.
        Option: `face_index`. With `patience=0` it does not wait."""
        answer = await self.request(
            "POST",
            f"people/{person_id}/anchors/",
            files={"image": file(photo)},
            data=fields(options),
        )
        return await self._finished(answer, Anchor, "anchors", patience)

    async def anchor(self, id: str) -> Anchor:
        return Anchor.of(await self.get(f"anchors/{id}/"))

    async def anchor_delete(self, id: str) -> None:
        await self.request("DELETE", f"anchors/{id}/")

    # Live

    async def live(
        self, *, person: str | None = None, photo: Photo | None = None, **options: Any
    ) -> AsyncLiveSession:
        """A session that looks for a person of the gallery by id, for the one on a photo, or for
        everyone. Options: `challenge`, `false_match_rate`."""
        found = {"task": "verify" if person or photo else "identify", "person": person, **options}
        if photo is None:
            given = {name: value for name, value in found.items() if value is not None}
            raw = await self.post("live_sessions/", json=given)
        else:
            raw = await self.post(
                "live_sessions/", data=fields(found), files={"photo": file(photo)}
            )
        frames = self._http.base_url.join(f"../../live/sessions/{raw['id']}/frames/")
        return AsyncLiveSession(self, raw, frames, self._transport)

    # Requests

    async def get(self, path: str, **options: Any) -> Json:
        """The JSON at a path below /api/v1/."""
        told: Json = (await self.request("GET", path, **options)).json()
        return told

    async def post(self, path: str, **options: Any) -> Json:
        told: Json = (await self.request("POST", path, **options)).json()
        return told

    async def request(
        self, method: str, path: str, *, again: int = 10, **options: Any
    ) -> httpx.Response:
        """Send one request below /api/v1/, with retries. Raises ApiError, ServerUnreachable."""
        sent = options.pop("headers", {})
        if method == "POST":
            sent = {"Idempotency-Key": str(uuid.uuid4()), **sent}
        try:
            answer = await self._http.request(method, path, headers=sent, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachable(unreachable(self._http.base_url, error)) from error
        if answer.is_success:
            return answer
        refused = ApiError(answer.status_code, problem_of(answer))
        if refused.code == "idempotency_in_progress" and again:
            # Our own first try, whose answer was lost, is still being carried out.
            await sleep(FIRST_PAUSE * 10)
            return await self.request(method, path, headers=sent, again=again - 1, **options)
        raise refused

    async def pages(self, path: str, filters: dict[str, Any]) -> AsyncIterator[Json]:
        """Every row of a list, page after page."""
        page = await self.get(
            path, params={"page_size": 100, **query(filters)}
        )  # the most there are
        while True:
            for row in page["results"]:
                yield row
            if not page.get("next"):
                return
            # The address may be told as a proxy sees it: only its query is followed.
            page = await self.get(path, params=httpx.URL(page["next"]).params)

    async def _look(self, path: str, photos: dict[str, Photo], options: dict[str, Any]) -> Json:
        files = {which: file(photo, which) for which, photo in photos.items()}
        return await self.post(path, files=files, data=fields(options))

    async def _submit(
        self, path: str, photos: dict[str, Photo], options: dict[str, Any], patience: float
    ) -> Verification:
        files = {which: file(photo, which) for which, photo in photos.items()}
        started = monotonic()
        wait = {"wait": min(SERVER_WAIT, patience)}
        answer = await self.request("POST", path, params=wait, files=files, data=fields(options))
        left = patience - (monotonic() - started)
        return await self._finished(answer, Verification, "verifications", max(0.0, left))

    async def _finished(
        self, answer: httpx.Response, kind: type[Finishing], path: str, patience: float
    ) -> Finishing:
        """The row that an answer shows, once it has ended. It is asked for as often as the server wants, or
        at growing intervals."""
        deadline, growing = monotonic() + patience, FIRST_PAUSE
        while not (row := kind.of(answer.json())).is_finished and patience:
            if (left := deadline - monotonic()) < 0:
                raise NotFinished(row.id)
            await sleep(min(asked_pause(answer) or growing, max(left, FIRST_PAUSE)))
            answer = await self.request("GET", f"{path}/{row.id}/")
            growing = min(growing * 1.5, LONGEST_PAUSE)
        return row
