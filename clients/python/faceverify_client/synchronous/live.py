"""A live session: frames go to the server one at a time, and each is answered; see README.md."""

import struct
from typing import TYPE_CHECKING

import httpx

from ..errors import ApiError, ServerUnreachable, problem_of
from ..results import Json

if TYPE_CHECKING:
    from .client import Client

HEADER = struct.Struct(">II")  # number of the frame, milliseconds since the first


class LiveSession:
    """What one camera sees. Leaving it cancels the session, unless it is over."""

    def __init__(
        self,
        client: "Client",
        raw: Json,
        frames: httpx.URL,
        transport: httpx.BaseTransport | None,
    ):
        self.id: str = raw["id"]
        self._client = client
        self._frames = frames
        self._number = 0
        self._last = -1
        self._over = False
        # Without the client's retries: a frame that got lost is not worth repeating.
        self._http = httpx.Client(
            headers={
                "Authorization": f"Live {raw['token']}",
                "Content-Type": "application/octet-stream",
            },
            timeout=30.0,
            transport=transport,
        )

    def __enter__(self) -> "LiveSession":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        if not self._over:
            self._over = True
            try:
                self._client.request("DELETE", f"live_sessions/{self.id}/")
            except (ApiError, ServerUnreachable):
                pass  # it ends by itself
        self._http.close()

    def send(self, jpeg: bytes, milliseconds: int) -> Json:
        """What the server sees in a frame: `faces`, `guidance`, `step`, `progress`, and `end` after
        the last. Raises ApiError, ServerUnreachable."""
        self._number += 1
        self._last = max(milliseconds, self._last + 1)
        try:
            answer = self._http.post(
                self._frames, content=HEADER.pack(self._number, self._last) + jpeg
            )
        except httpx.HTTPError as error:
            raise ServerUnreachable(f"{self._frames.host} does not answer: {error}") from error
        if not answer.is_success:
            raise ApiError(answer.status_code, problem_of(answer))
        told: Json = answer.json()
        self._over = self._over or bool(told.get("end"))
        return told

    def result(self) -> Json:
        """`state`, `outcome`, `challenge`, `reasons`, and `verification`, the id of the verdict."""
        return self._client.get(f"live_sessions/{self.id}/")
