"""The door of the web process to the one that follows cameras: what it passes on."""

import socket

import pytest

from faceverify.live import address
from faceverify.live.door import with_cameras

SESSION = "/live/sessions/0b0f5d0e-6f4e-4b8e-9d57-3d1c2f6f1a11/"
FORGED = [
    f"{SESSION} HTTP/1.1\r\nOrigin: https://faces.example.org\r\nX: ",
    "/live/sessions/a\nb/",
    "/live/sessions/a b/",
    "/live/sessions/é/",
    f"{SESSION}frames/\r\n",
    "/live/sessions/../../metrics/",
]


@pytest.fixture
def process(monkeypatch):
    """The end at which the other process would read."""
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(address, "connect", lambda: ours)
    theirs.settimeout(0)
    with ours, theirs:
        yield theirs


def asked(path, upgrade):
    """The status of the answer."""
    answers = []

    def application(_environ, _start):
        raise AssertionError("the application was asked")

    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "HTTP_UPGRADE": upgrade}
    list(with_cameras(application)(environ, lambda status, _headers: answers.append(status)))
    return answers[0]


@pytest.mark.parametrize("path", FORGED)
@pytest.mark.parametrize("upgrade", ["websocket", ""])
def test_a_path_cannot_bring_fields_of_its_own(process, path, upgrade):
    assert asked(path, upgrade) == "404 Not Found"

    with pytest.raises(BlockingIOError):
        process.recv(1)
