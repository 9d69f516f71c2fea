"""What a person does on the pages, found by role and label, and how the pages look to them."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, StorageState, StorageStateCookie, expect

from tests.support.servers import PASSWORD, Site

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


def _look(scheme: str, width: int, usual: str):
    return pytest.param(
        {"color_scheme": scheme, "viewport": {"width": width, "height": 844}},
        id=f"{scheme}-{width}",
        marks=[] if scheme == usual else [pytest.mark.slow],
    )


# Each scheme and each width once: colours do not change with the width. One of the two is looked at each
# time, the other by the slow tests; half of the pages in either.
LOOKS, LOOKS_IN_THE_DARK = (
    [_look("light", 1280, usual), _look("dark", 390, usual)] for usual in ("light", "dark")
)


class Visitor:
    """Opens browser windows that fail the test on a script error or a broken content policy."""

    def __init__(self, chromium, url: str):
        self.chromium, self.url = chromium, url
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expected = ["status of 422"]  # a form with an error in it

    def window(self, **options):
        return self.watch(self.chromium.new_context(base_url=self.url, **options))

    def watch(self, context: BrowserContext):
        """A page of this context, which is closed with the others."""
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
        assert self.complaints == [], self.complaints


def sign_in(page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/compare/")


def signed_in(place: Site, email: str) -> StorageState:
    """The cookies of somebody who has just signed in: sooner made than by the page for it."""
    session = place.ask(
        "from accounts.models import User\n"
        "from tests.support.clients import browser\n"
        f"client = browser(User.objects.get(email={email!r}))\n"
        "print(client.cookies['faceverify_session'].value)"
    ).strip()
    cookie: StorageStateCookie = {
        "name": "faceverify_session",
        "value": session,
        "domain": "127.0.0.1",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return {"cookies": [cookie], "origins": []}


def problems(page) -> list[str]:
    found = Axe().run(page)
    listed = [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in found.response["violations"]
        for node in v["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*listed, *([f"{wide} px stick out to the right"] if wide > 0 else [])]


def first(page):
    return page.get_by_label("Choose the first photo")


def second(page):
    return page.get_by_label("Choose the second photo")


def preview(page, name: str):
    return page.get_by_role("img", name=f"Preview: {name}")


def choose(page, probe, reference, title: str = "") -> None:
    first(page).set_input_files(probe)
    second(page).set_input_files(reference)
    if title:
        open_options(page)
        page.get_by_label("Title").fill(title)


def open_options(page) -> None:
    """How strict and a title stand behind one line."""
    if not page.locator("details.options").evaluate("details => details.open"):
        page.get_by_text("How strict:").click()


def compare_button(page):
    return page.get_by_role("button", name="Compare", exact=True)


def submit(page) -> None:
    compare_button(page).click()
    page.wait_for_url("**/verifications/**")


def headline(page, text: str) -> None:
    """Wait for a page by its heading, and until its scripts listen: they run once it is read."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()
    page.wait_for_load_state()


def press(page, key: str) -> None:
    """Press a key of the page's own, once its scripts listen."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def compare(page, probe, reference, title: str = "") -> None:
    page.goto("/compare/")
    choose(page, probe, reference, title)
    submit(page)


def answer_if_asked(page, then) -> None:
    """Until `then` is there. Asked is once a session, and tests may share one."""
    password = page.get_by_label("Password")
    password.or_(then).first.wait_for()
    if password.count():
        answer_who_is_there(page)
        then.first.wait_for()


def answer_who_is_there(page) -> None:
    """On the page that asks for the password again, before something that matters."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
