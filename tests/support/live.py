"""Live sessions as programs hold them: films of people who do not exist, sent frame by frame."""

import functools
import json
import struct
import time
from contextlib import contextmanager
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

from ml.evaluation.live.films import of_photo
from ml.serving import artifacts
from ml.serving.verifier import Verifier
from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import Site

INTERVAL = 0.1  # seconds between two frames of a film


@functools.cache
def _finder():
    return Verifier.load(artifacts.default_folder(), threads=1).finder


@functools.cache
def film(identity: int, *, kind: str = "live", seconds: float = 4.0) -> list[bytes]:
    """Frames of a made-up person before a camera, see tests/support/faces.py for `identity`."""
    return of_photo(_finder(), make_face(identity), kind=kind, seconds=seconds)


def message(number: int, jpeg: bytes, captured_ms: int | None = None) -> bytes:
    captured = number * 100 if captured_ms is None else captured_ms
    return struct.pack(">II", number, captured) + jpeg


class LiveClient:
    """A program with a key and a camera."""

    def __init__(self, place: Site, key: str | None = None):
        self.place, self.client = place, Client(place, key or place.new_key())
        self.api = f"{place.url}/api/v1/live_sessions/"

    def ask(self, **data: Any) -> requests.Response:
        photo = data.pop("photo", None)
        if photo is None:
            return self.client.session.post(self.api, json=data, timeout=60)
        files = {"photo": ("p.jpg", photo)}
        return self.client.session.post(self.api, data=data, files=files, timeout=60)

    def opened(self, identity: int = 1, **data: Any) -> dict[str, Any]:
        """A session that compares with a photo of this made-up person."""
        answer = self.ask(task="verify", photo=make_face(identity, 1), **data)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def state(self, session: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.session.get(f"{self.api}{session['id']}/", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def address(self, session: dict[str, Any]) -> str:
        return f"ws://127.0.0.1:{self.place.port}{session['socket']}"

    @contextmanager
    def socket(self, session: dict[str, Any], *, token: str | None = None, **options: Any):
        """A socket on which the token was sent; then comes `ready`, or why not."""
        with connect(self.address(session), open_timeout=60, **options) as socket:
            socket.send(json.dumps({"type": "start", "token": token or session["token"]}))
            yield socket

    def frame(self, session: dict[str, Any], data: bytes, **headers: str) -> requests.Response:
        """The second way: a frame as a request."""
        return requests.post(
            f"{self.place.url}{session['frames']}",
            data=data,
            headers={"Authorization": f"Live {session['token']}"} | headers,
            timeout=60,
        )


def said(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=60))


def until_end(socket: ClientConnection, frames: list[bytes]) -> dict[str, Any]:
    """Play a film at its pace, as a camera that never catches up with what it missed, until the server
    says that the session is over."""
    began = due = time.monotonic()
    for number, jpeg in enumerate(frames * 20):
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        due = time.monotonic() + INTERVAL
        socket.send(message(number, jpeg, int((time.monotonic() - began) * 1000)))
        if (answer := said(socket))["type"] != "frame":
            return answer
    raise AssertionError("The film is over, and the session is not.")
