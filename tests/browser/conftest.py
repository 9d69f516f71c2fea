"""A real Chromium against faceverify as it is deployed: gunicorn and a Celery worker."""

import asyncio
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, expect, sync_playwright

from tests.support.browsing import ARGUMENTS, CHROMIUM, PATIENCE, Visitor, sign_in, signed_in
from tests.support.cameras import (
    ALLOWED,
    CAMERA,
    KEEP_TRACKS,
    add_person,
    film_of,
    nobody,
    person,
    side_by_side,
    write_film,
)
from tests.support.faces import make_face, no_face, two_faces
from tests.support.servers import free_port, site

HOST = "faces.example.org"  # a name of the site; a browser finds it with BY_NAME
BY_NAME = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """All of them need Chromium."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@contextmanager
def loop_of_playwright():
    """Between its calls Playwright leaves its event loop marked as running in this thread, where Django then
    refuses the database and asyncio another loop: other tests do not find the mark."""
    asyncio._set_running_loop(_loops[0])
    try:
        yield
    finally:
        _loops[0] = asyncio._get_running_loop()
        asyncio._set_running_loop(None)


_loops: list[asyncio.AbstractEventLoop | None] = [None]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if not item.get_closest_marker("browser"):
        return (yield)
    with loop_of_playwright():
        return (yield)


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("the program chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        with loop_of_playwright():  # this may be the end of any other test
            browser.close()
            playwright.stop()


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    with site(tmp_path_factory.mktemp("browser-site"), FACEVERIFY_HOSTS=HOST) as place:
        yield place.start_web().start_worker()


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    """A site that is not for development, with an owner and no worker. It has a mail server, without
    which nobody is asked for an address where a password was forgotten."""
    mail: dict[str, Any] = {
        "FACEVERIFY_SMTP_HOST": "127.0.0.1",
        "FACEVERIFY_SMTP_PORT": str(free_port()),
        "FACEVERIFY_EMAIL_VERIFICATION": "none",
    }
    with site(tmp_path_factory.mktemp("deployed"), FACEVERIFY_DEBUG="false", **mail) as place:
        place.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        place.start_web().new_key("owner@example.org")
        yield place


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


@pytest.fixture
def visitor(chromium, place):
    visitor = Visitor(chromium, place.url)
    yield visitor
    visitor.close()


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


@pytest.fixture(scope="session")
def cameras(place):
    """The site with the process that follows cameras, and a gallery: Ada and Bea."""
    key = place.new_key("camera@example.org")
    place.start_live()
    return {
        name: add_person(place, key, name, number) for number, name in enumerate(("Ada", "Bea"))
    }


@pytest.fixture(scope="session")
def before_a_camera(chromium, place, cameras):
    """A context of a browser with these switches, signed in as the owner of that gallery."""
    browsers: dict[tuple[str, ...], Browser] = {}
    states: list[StorageState] = []

    def opened(*switches: str, **options) -> BrowserContext:
        if switches not in browsers:
            usual = [switch for switch in ARGUMENTS if "media-stream" not in switch]
            browsers[switches] = chromium.browser_type.launch(
                executable_path=CHROMIUM, args=[*usual, *switches]
            )
        if not states:
            states.append(signed_in(place, "camera@example.org"))
        return browsers[switches].new_context(
            base_url=place.url, storage_state=states[0], **options
        )

    yield opened
    with loop_of_playwright():
        for browser in browsers.values():
            browser.close()


@pytest.fixture
def window(before_a_camera, place):
    """Opens a window with a camera, which fails the test on a script error or a broken content
    policy; without switches the camera shows a moving pattern."""
    visitors: list[Visitor] = []

    def opened(*switches: str, expected: tuple[str, ...] = (), **options):
        visitor = Visitor(None, place.url)
        visitor.expected += expected
        visitors.append(visitor)
        context = before_a_camera(*(switches or (ALLOWED, CAMERA)), **options)
        context.add_init_script(KEEP_TRACKS)
        return visitor.watch(context)

    yield opened
    for visitor in visitors:
        visitor.close()


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """Films for the fake camera by name, as Chromium's switch; each is made once."""
    folder = tmp_path_factory.mktemp("films")
    made = {
        "ada": lambda: [person(0)],
        "bea": lambda: [person(1)],
        "stranger": lambda: [person(5)],
        "nobody": lambda: [nobody()],
        "leaves": lambda: [person(0, seconds=1.5), nobody(6)],
        "two": lambda: [side_by_side(0, 1)],
    }

    def film(name: str) -> tuple[str, ...]:
        path = folder / f"{name}.mjpeg"
        if not path.exists():
            write_film(path, *made[name]())
        return ALLOWED, CAMERA, film_of(path)

    return film
