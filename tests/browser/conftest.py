"""A real Chromium against faceverify as it is deployed: gunicorn and a Celery worker."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.support.faces import make_face, no_face, two_faces
from tests.support.servers import PASSWORD, site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a moving pattern, and no question whether it may be used.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PATIENCE = 60_000  # milliseconds until something that must come has failed

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One process has the site and the browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("the program chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    with site(tmp_path_factory.mktemp("browser-site")) as place:
        yield place.start_web().start_worker()


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("photos")
    made = {
        "ada": make_face(0),
        "ada_again": make_face(0, 1),
        "bea": make_face(1),
        "group": two_faces(0, 1),
        "landscape": no_face(),
        "notes": b"not a photo",
    }
    for name, data in made.items():
        (folder / f"{name}.jpg").write_bytes(data)
    return {name: folder / f"{name}.jpg" for name in made}


class Visitor:
    """Opens browser windows that fail the test on a script error or a broken content policy."""

    def __init__(self, chromium, url: str):
        self.chromium, self.url = chromium, url
        self.contexts, self.complaints = [], []
        self.expected = ["status of 422"]  # a form with an error in it

    def window(self, **options):
        context = self.chromium.new_context(base_url=self.url, **options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        return page

    def _listen(self, message) -> None:
        text = message.text
        if message.type == "error" and not any(words in text for words in self.expected):
            self.complaints.append(text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert self.complaints == []


@pytest.fixture
def visitor(chromium, place):
    visitor = Visitor(chromium, place.url)
    yield visitor
    visitor.close()


def sign_in(page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/compare/")


@pytest.fixture(scope="session")
def state(chromium, place) -> dict:
    """The cookies of the owner, who signed in once."""
    place.new_key("owner@example.org")
    context = chromium.new_context(base_url=place.url)
    sign_in(context.new_page(), "owner@example.org")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(visitor, state):
    """The owner's window, on the compare page."""
    page = visitor.window(storage_state=state)
    page.goto("/compare/")
    return page
