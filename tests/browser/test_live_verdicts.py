"""Live in full: a camera with made films, the process that follows it, and the verdict in the history."""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.support.browsing import headline
from tests.support.cameras import (
    Scene,
    camera_is_off,
    camera_is_on,
    start,
    told,
)
from tests.support.faces import make_face
from tests.support.servers import ROOT, eventually, free_port


def verdict(page, words: str) -> None:
    """The short one, below the settings."""
    expect(page.get_by_role("heading", level=2, name=words, exact=True)).to_be_visible()


def whole_result(page) -> None:
    page.get_by_role("link", name="See the whole result").click()
    page.wait_for_url("**/verifications/**")


def test_whoever_is_the_person_asked_for_is_a_match(window, films, cameras):
    page = window(*films("ada"))
    page.goto(f"/compare/live/?person={cameras['Ada']}")

    start(page)

    verdict(page, "Probably Ada")
    camera_is_off(page)
    whole_result(page)
    headline(page, "Probably Ada")
    expect(page.get_by_text("Given without a challenge")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ frames in \d+\.\d seconds"))).to_be_visible()
    kept = page.get_by_role("img", name=re.compile("of the best"))
    assert kept.first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 480


@pytest.mark.slow
def test_whoever_is_somebody_else_is_none(window, films, cameras):
    page = window(*films("bea"))
    page.goto(f"/compare/live/?person={cameras['Ada']}")

    start(page)

    verdict(page, "Probably not Ada")


def test_somebody_is_found_among_everyone_i_know(window, films):
    page = window(*films("bea"))
    page.goto("/compare/live/")

    start(page)

    verdict(page, "Probably Bea")


def test_the_person_in_a_photo_is_looked_for(window, films, tmp_path):
    (tmp_path / "ada.jpg").write_bytes(make_face(0, 2))
    page = window(*films("ada"))
    page.goto("/compare/live/?who=photo")
    page.get_by_label("Photo", exact=True).set_input_files(tmp_path / "ada.jpg")

    start(page)

    verdict(page, "Probably the person in the photo")


def test_a_photo_without_a_face_is_told(window, films, photos):
    page = window(*films("ada"))
    page.goto("/compare/live/?who=photo")
    page.get_by_label("Photo", exact=True).set_input_files(photos["landscape"])

    start(page)

    told(page, "face")
    camera_is_off(page)


@pytest.mark.slow
def test_a_second_person_is_asked_to_leave(window, films, cameras):
    page = window(*films("two"))
    page.goto(f"/people/{cameras['Ada']}/live/")

    start(page)

    guide = page.locator("faceverify-live .guide")
    expect(guide).to_have_text("One person only, please")


@pytest.mark.slow
def test_two_people_are_named_side_by_side(window, films):
    page = window(*films("two"))
    page.goto("/compare/live/")

    start(page)

    both = re.compile("Ada.*; Bea|Bea.*; Ada")
    expect(page.get_by_role("status").filter(has_text=both)).to_be_attached()


@pytest.mark.slow
def test_whoever_leaves_is_missed(window, films, cameras):
    page = window(*films("leaves"))
    page.goto(f"/compare/live/?person={cameras['Bea']}")

    start(page)

    guide = page.locator("faceverify-live .guide")
    expect(guide).to_have_text("No face to be seen: look at the camera")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "words"),
    [("live", "Challenge passed."), ("still", "Challenge not passed.")],
)
def test_a_challenge_is_passed_by_a_head_and_not_by_a_photo(window, cameras, kind, words):
    page = window()
    Scene(page, 0, kind=kind)
    for _try in range(3):
        page.goto(f"/compare/live/?person={cameras['Ada']}")
        page.get_by_label("With a challenge").check()
        start(page)
        expect(page.locator("faceverify-live .step")).to_contain_text(re.compile(r"Step \d of 3"))
        whole_result(page)
        # A machine with too much to do shows the movement in jumps, or too late.
        if kind != "live" or words in page.locator(".challenge").inner_text():
            break

    expect(page.locator(".challenge")).to_contain_text(words)
    if kind == "live":
        headline(page, "Probably Ada")
        expect(page.get_by_role("heading", name="Steps of the challenge")).to_be_visible()
    else:
        expect(page.locator(".challenge li").first).to_have_text(re.compile(r"\w+\.\s*$"))
        expect(page.get_by_role("heading", name="Probably Ada", exact=True)).to_be_hidden()


@pytest.mark.slow
def test_a_new_person_gets_photos_from_the_camera(window, films):
    page = window(*films("stranger"))
    page.goto("/people/new/")
    page.get_by_label("Name", exact=True).fill("Cleo")
    page.get_by_role("button", name="Add, then photos from the camera").click()
    headline(page, "Photos of Cleo from the camera")

    start(page)

    camera_is_on(page)
    # Five, but for a machine that looks at too few frames in the time there is.
    added = page.get_by_text(re.compile(r"^[2-5] photos are added\.$"))
    expect(added).to_be_visible()
    number = int(added.inner_text()[0])
    page.get_by_role("link", name="See the photos of Cleo").click()
    headline(page, "Cleo")
    expect(page.locator("#photo-grid > li")).to_have_count(number)


def test_another_site_sees_that_it_has_ended_and_no_more(place, window, films, door):
    page = window(*films("ada"))
    heard: list[str] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda text: heard.append(str(text)))
    )
    page.goto(door)

    start(page)

    expect(page.get_by_text("The door is open.")).to_be_visible()
    assert heard
    assert not [
        text for text in heard if "Ada" in text or '"match"' in text or "verifications" in text
    ]


def test_a_site_that_the_token_does_not_name_sees_nothing(window, films, door):
    page = window(*films("ada"), expected=("WebSocket connection",))
    page.goto(door.replace("localhost", "127.0.0.1"))

    start(page)

    told(page, "origin")
    camera_is_off(page)


@pytest.fixture(scope="module")
def door(place, cameras):
    """The example of another site, with the key of the account that knows Ada and Bea."""
    key = place.ask(
        "from accounts.models import User; from accounts.services import api_key_create\n"
        "user = User.objects.get(email='camera@example.org')\n"
        "print(api_key_create(owner=user, name='door')[1])",
    ).strip()  # fmt: skip
    port = free_port()
    process = place.launch(
        "door", "docs/examples/live/door.py",
        FACEVERIFY_URL=place.url, FACEVERIFY_KEY=key, PORT=str(port),
        PYTHONPATH=str(ROOT / "clients/python"),
    )  # fmt: skip
    place.others.append(process)
    url = f"http://localhost:{port}/"
    eventually(lambda: _answers(url), "the other site")
    return url


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=60).ok
    except requests.ConnectionError:
        return False
