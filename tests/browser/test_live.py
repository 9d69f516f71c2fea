"""The page with the camera: when it is on, what goes wrong, and the way on from there."""

import itertools
import re
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BY_NAME, HOST
from tests.support.browsing import LOOKS, problems
from tests.support.cameras import (
    ALLOWED,
    CAMERA,
    DENIED,
    NO_CAMERA,
    camera_is_off,
    camera_is_on,
    frames_answered,
    start,
    told,
)
from tests.support.servers import PASSWORD

AGAIN = "Start again"
# Most films show nobody: no verdict ends the session before a slow machine has come to see it.
# As if the page went out of sight and came back.
HIDE = """
Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
document.dispatchEvent(new Event("visibilitychange"));
"""


def start_again(page) -> None:
    page.get_by_role("button", name=AGAIN).click()


def test_the_camera_starts_by_a_press_tells_what_would_help_and_stops_by_a_press(window, films):
    page = window(*films("nobody"))
    page.goto("/compare/live/")
    assert page.evaluate("window.tracks.length") == 0

    start(page)

    camera_is_on(page)
    frames_answered(page, 3)
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"\d+ s left"))
    words = "No face to be seen: look at the camera"
    expect(page.locator("faceverify-live .guide")).to_have_text(words)
    expect(page.get_by_role("status").filter(has_text=words)).to_be_attached()
    page.get_by_role("button", name="Stop").click()
    told(page, "Stopped. The camera is off.")
    camera_is_off(page)


@pytest.mark.slow
def test_a_screen_reader_is_not_flooded(window, films):
    page = window(*films("ada"))
    page.goto("/compare/live/")
    page.evaluate(
        """
        window.said = [];
        const status = document.querySelector("faceverify-live").shadowRoot.querySelector(".said");
        new MutationObserver(() => window.said.push([performance.now(), status.textContent]))
          .observe(status, { childList: true, characterData: true, subtree: true });
        """
    )

    start(page)
    frames_answered(page, 30)

    # The start is told at once; what follows waits for the one before.
    times = [time for time, text in page.evaluate("window.said") if "Starting" not in text]
    assert all(later - earlier > 2_900 for earlier, later in itertools.pairwise(times))


def test_without_sockets_frames_go_by_post(window, films):
    page = window(*films("nobody"), expected=("WebSocket connection",))
    page.add_init_script(
        "const Known = WebSocket;"
        "WebSocket = function (url) { return new Known(url.replace('/live/', '/nothing/')); };"
    )
    page.goto("/compare/live/")

    with page.expect_response("**/live/sessions/*/frames/") as answer:
        start(page)

    assert answer.value.json()["type"] == "frame"
    frames_answered(page, 3)
    page.get_by_role("button", name="Stop").click()
    camera_is_off(page)


def test_leaving_the_page_turns_the_camera_off(window, films):
    page = window(*films("nobody"))
    page.goto("/compare/live/")
    start(page)
    camera_is_on(page)
    page.evaluate(
        "addEventListener('pagehide', () =>"
        " sessionStorage.setItem('tracks', window.tracks.map((track) => track.readyState)))"
    )

    page.get_by_role("link", name="History").click()

    page.wait_for_url("**/history/")
    assert page.evaluate("sessionStorage.getItem('tracks')") == "ended"


def test_going_to_another_tab_turns_the_camera_off(window, films):
    page = window(*films("nobody"))
    page.goto("/compare/live/")
    start(page)
    frames_answered(page, 1)

    page.evaluate(HIDE)

    told(page, "turned off because this page was out of sight")
    camera_is_off(page)
    page.evaluate("delete document.hidden")
    start_again(page)
    camera_is_on(page)


def test_a_second_tab_asks_before_it_takes_the_camera(window, films):
    first = window(*films("nobody"))
    second = first.context.new_page()
    for page in (first, second):
        page.goto("/compare/live/")
    start(first)
    frames_answered(first, 1)

    start(second)
    told(second, "running in another tab")
    assert second.evaluate("window.tracks.length") == 0
    second.get_by_role("button", name="Use this tab instead").click()

    camera_is_on(second)
    told(first, "used in another tab now")
    camera_is_off(first)


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ((CAMERA, DENIED), "Allow it in the address bar"),
        pytest.param((ALLOWED, NO_CAMERA), "No camera was found", marks=pytest.mark.slow),
    ],
)
def test_a_camera_that_is_not_to_be_had_is_told_with_a_way_on(window, switches, words):
    page = window(*switches)
    page.goto("/compare/live/")

    start(page)

    told(page, words)
    expect(page.get_by_role("button", name=AGAIN)).to_be_enabled()
    expect(page.get_by_role("link", name="Compare photos instead")).to_be_visible()


@pytest.mark.slow
def test_a_camera_that_another_program_has_is_told(window):
    page = window()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('', 'NotReadableError'))"
    )
    page.goto("/compare/live/")

    start(page)

    told(page, "another program may be using it")


@pytest.mark.slow
def test_a_camera_that_is_unplugged_is_told(window, films):
    page = window(*films("nobody"))
    page.goto("/compare/live/")
    start(page)
    frames_answered(page, 1)

    page.evaluate("window.tracks[0].stop(); window.tracks[0].dispatchEvent(new Event('ended'))")

    told(page, "The camera was lost")
    camera_is_off(page)
    start_again(page)
    camera_is_on(page)


def test_a_page_at_a_plain_http_address_says_what_a_camera_needs(window, place, cameras):
    page = window(ALLOWED, CAMERA, BY_NAME, expected=("untrustworthy",))
    by_name = f"http://{HOST}:{place.port}"
    page.goto(f"{by_name}/accounts/login/")
    page.get_by_label("Email").fill("camera@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/compare/")

    for address in ("/compare/live/", f"/people/{cameras['Ada']}/live/"):
        page.goto(by_name + address)

        told(page, "only to pages with HTTPS, or on localhost")
        told(page, "Open this page by its https:// address")
        expect(page.get_by_role("button", name="Start the camera")).to_be_hidden()
        expect(page.locator("faceverify-live").get_by_role("link")).to_be_visible()


def test_without_javascript_there_is_a_way_on(window):
    page = window(java_script_enabled=False)
    page.goto("/compare/live/")

    notice = page.locator(".notice", has_text="needs JavaScript")
    expect(notice.get_by_role("link", name="compare photos")).to_be_visible()
    expect(page.get_by_text("The camera is off.")).to_be_hidden()


@pytest.mark.slow
def test_a_server_that_goes_is_told_and_used_again_when_it_is_back(window, films, place):
    page = window(
        *films("nobody"), expected=("WebSocket connection", "status of 503", "status of 405")
    )
    page.goto("/compare/live/")
    start(page)
    frames_answered(page, 1)

    place.stop_live(signal.SIGKILL)

    told(page, "The server does not answer")
    camera_is_off(page)
    place.start_live()
    told(page, "The server is back")
    start_again(page)
    frames_answered(page, 1)


def test_a_photo_that_is_missing_is_asked_for_before_the_camera_starts(window):
    page = window()
    page.goto("/compare/live/?who=photo")

    start(page)

    expect(page.locator("#photo-error")).to_have_text("Choose a photo.")
    expect(page.get_by_label("Photo", exact=True)).to_be_focused()
    assert page.evaluate("window.tracks.length") == 0


def test_a_person_is_chosen_from_the_gallery(window, cameras):
    page = window()
    page.goto("/compare/live/")
    page.get_by_role("link", name="One person", exact=True).click()

    page.get_by_role("button", name="Bea").click()

    expect(page).to_have_url(re.compile(f"person={cameras['Bea']}"))
    expect(page.locator(".live__person")).to_contain_text("Bea")
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()


@pytest.mark.slow
def test_the_picture_is_mirrored_or_not_as_chosen(window, films):
    page = window(*films("nobody"))
    page.goto("/compare/live/")
    start(page)
    camera_is_on(page)
    video = page.get_by_label("What your camera sees")
    assert (
        video.evaluate("video => getComputedStyle(video).transform") == "matrix(-1, 0, 0, 1, 0, 0)"
    )

    page.get_by_label("Mirrored").uncheck()

    assert video.evaluate("video => getComputedStyle(video).transform") == "none"


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_before_while_and_after(window, films, cameras, look):
    page = window(*films("nobody"), **look)
    found = {}
    for address in ("", "?who=person", "?who=photo", f"?person={cameras['Ada']}"):
        page.goto(f"/compare/live/{address}")
        found[f"/compare/live/{address}"] = problems(page)
    start(page)
    camera_is_on(page)
    found["on"] = problems(page)
    page.evaluate(HIDE)
    told(page, "out of sight")
    found["trouble"] = problems(page)
    page.goto(f"/people/{cameras['Ada']}/live/")
    found["enrol"] = problems(page)

    assert {name: listed for name, listed in found.items() if listed} == {}
