"""Fixtures for every test."""

import shutil
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.backends.sqlite3.creation import DatabaseCreation

from accounts.audit.buffer import buffer
from tests.support.chains import chains_unprotected
from tests.support.clients import browser, program
from tests.support.servers import lane_of, postgres_server, site
from tests.support.tables import fill_sqlite

SHARED_SITES = ("sqlite_site", "postgres_site")


def pytest_collection_modifyitems(items):
    """The lane of the tests on a shared site. Where several processes run, all tests of a file run in
    the same one (`--dist loadfile`), so that its fixtures are made once."""
    for item in items:
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        named = (value for value in parameters if isinstance(value, str))  # others may have no hash
        if {*SHARED_SITES} & {*item.fixturenames, *named}:
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request):
    """On a server each process has a database with a name of its own; one in memory is its own anyway."""
    if connection.vendor != "sqlite":
        request.getfixturevalue("django_db_modify_db_settings_xdist_suffix")


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings, request):
    """The tables of the tests' own database are copied, so that only their migrations are looked up."""
    if isinstance(connection.creation, DatabaseCreation):
        name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # not in its stubs
        request.addfinalizer(fill_sqlite(name).close)
    return request.getfixturevalue("django_db_setup")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    servers = any(map(item.get_closest_marker, ("server", "browser")))
    with lane_of(item.nodeid, servers=servers):
        return (yield)


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory):
    """faceverify on SQLite and the embedded queue, with its web process."""
    home = tmp_path_factory.mktemp("sqlite-site")
    with site(home, FACEVERIFY_WEBHOOK_PRIVATE="true") as place:
        yield place.start_web()


@pytest.fixture(scope="session")
def postgres_site(tmp_path_factory):
    """faceverify on PostgreSQL, as it is deployed, with its web process. Nobody waits for a
    verdict there, so that made-up requests are answered at once."""
    home = tmp_path_factory.mktemp("postgres-site")
    with (
        postgres_server() as database,
        site(
            home, DATABASE_URL=database, FACEVERIFY_DEBUG="false", FACEVERIFY_WAITERS="0"
        ) as place,
    ):
        yield place.start_web()


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("sqlite_site", id="sqlite"),
        pytest.param("postgres_site", id="postgres", marks=pytest.mark.postgres),
    ],
)
def either_site(request):
    """One after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def place(sqlite_site):
    """The site of the tests that need a real one, no matter on which database. Each test has an
    account of its own there, and changes nothing of the site that it does not put back."""
    return sqlite_site


@pytest.fixture
def worker(place):
    """The site with a worker; the next test may go on with it."""
    if place.worker is None:
        place.start_worker()
    return place


@pytest.fixture
def no_worker(place):
    """The site without one, until the test starts it."""
    if place.worker is not None:
        place.kill_worker()
    return place


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Rate limits are counted in the cache: no test pays for another."""
    cache.clear()


@pytest.fixture(autouse=True)
def _nobody_has_looked():
    """Views wait in the process until they are written: no test finds those of another."""
    buffer.reset()


@pytest.fixture(autouse=True)
def _nothing_erased(settings, tmp_path_factory):
    """A list of what was erased for each test: what another has erased is not erased again, nor are its
    receipts taken over. Sites of their own have their own."""
    own = tmp_path_factory.getbasetemp() / f"erased-{uuid4()}.jsonl"
    settings.FACEVERIFY_ERASURES = own
    yield
    own.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _emptied_after_transactions(request):
    """A test that commits ends with emptying all tables, which the triggers of chains would refuse."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with chains_unprotected():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def media(settings, tmp_path):
    """A media folder of the test's own, for what looks at all files: others leave some that no key opens."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    private = settings.STORAGES["private"]
    options = private["OPTIONS"] | {"location": str(settings.MEDIA_ROOT)}
    settings.STORAGES = settings.STORAGES | {"private": private | {"OPTIONS": options}}
    return settings.MEDIA_ROOT


@pytest.fixture
def user(db, django_user_model):
    return django_user_model.objects.create_user("owner@example.org", "correct horse 9")


@pytest.fixture
def stranger(db, django_user_model):
    return django_user_model.objects.create_user("stranger@example.org", "correct horse 9")


@pytest.fixture
def anonymous():
    """A browser in which nobody is signed in."""
    return browser()


@pytest.fixture
def owner(user):
    """The browser of the user."""
    return browser(user)


@pytest.fixture
def other(stranger):
    """The browser of someone else who has an account."""
    return browser(stranger)


@pytest.fixture
def anonymous_api():
    """A program without an API key."""
    return program()


@pytest.fixture
def api(user):
    """A program with an API key of the user's."""
    return program(user)


@pytest.fixture
def stranger_api(stranger):
    """A program with an API key of someone else's."""
    return program(stranger)


def pytest_unconfigure(config):
    home = getattr(settings, "TEST_HOME", None) if settings.configured else None
    if home:
        shutil.rmtree(home, ignore_errors=True)
