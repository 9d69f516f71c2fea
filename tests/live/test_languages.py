"""What a session says to whoever sits before the camera, in the language of the page that shows it."""

import json
from uuid import uuid4

import pytest

from tests.support.languages import offer
from tests.support.loops import run_alone
from verification.live.messages import language_of, said_in
from verification.live.posted import take_frames
from verification.live.subjects import GALLERY_EMPTY


@pytest.fixture(autouse=True)
def german(settings):
    offer(settings, ("de", "Deutsch"))


def headers(*pairs: tuple[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in pairs]


@pytest.mark.parametrize(
    ("header", "asked", "spoken"),
    [
        ("de-AT, de;q=0.9, en;q=0.5", None, "de"),
        ("fr, de;q=0.4", None, "de"),
        ("en", "de", "de"),
        ("de", "en-GB", "en"),
        ("de", "fr", "en"),
        ("", None, "en"),
        ("de", {"no": "text"}, "de"),
    ],
)
def test_the_client_chooses_else_the_browser(header, asked, spoken):
    scope = {"headers": headers(("accept-language", header))}

    assert language_of(scope, asked) == spoken


def test_why_nobody_can_be_looked_for():
    assert (
        said_in("de", GALLERY_EMPTY.detail)
        == "Von niemandem in der Galerie gibt es ein brauchbares Foto."
    )
    assert said_in("en", GALLERY_EMPTY.detail) == GALLERY_EMPTY.detail


def test_an_answer_over_http_has_the_code_for_programs_and_german_for_people():
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    async def receive():
        raise AssertionError("there is nothing to read")

    scope = {
        "method": "GET",
        "url_route": {"kwargs": {"id": uuid4()}},
        "headers": headers(("accept-language", "de")),
    }
    run_alone(take_frames(scope, receive, send))

    problem = json.loads(sent[1]["body"])
    assert sent[0]["status"] == problem["status"] == 405
    assert problem["code"] == "method_not_allowed"
    assert problem["detail"] == "Senden Sie Kamerabilder mit POST."
