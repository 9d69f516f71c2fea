"""PgBouncer in transaction mode between faceverify and PostgreSQL, with so few connections that every process
gets those that another has just used."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests

from tests.support.faces import make_face
from tests.support.live import LiveClient
from tests.support.machines import pgbouncer
from tests.support.programs import Client
from tests.support.servers import eventually, postgres_server, site
from tests.support.starting import start
from tests.support.tables import fill_postgres
from tests.support.zips import packed

pytestmark = [pytest.mark.server, pytest.mark.postgres]

CONNECTIONS = 3


@pytest.fixture(scope="module")
def direct():
    with postgres_server() as url:
        assert fill_postgres(url)
        yield url


@pytest.fixture(scope="module")
def pooled(direct):
    with pgbouncer(direct, CONNECTIONS) as url:
        yield url


@pytest.fixture(scope="module")
def place(direct, pooled, tmp_path_factory):
    with site(
        tmp_path_factory.mktemp("pooled"),
        tables=False,
        DATABASE_URL=pooled,
        FACEVERIFY_PGBOUNCER="true",
        FACEVERIFY_DATABASE_SECONDS="1",
    ) as place:
        yield place.start_web().start_worker()


def test_verdicts_imports_exports_and_live_tickets_go_through_it(place):
    key = place.new_key(scopes=["verify", "gallery:read", "gallery:write", "history:read"])
    client = Client(place, key)

    def verdict(number):
        return client.verdict(make_face(1), make_face(number))["outcome"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(verdict, [1, 2, 1, 2, 3, 1])) == [
            "match", "no_match", "match", "no_match", "no_match", "match",
        ]  # fmt: skip
    people = packed([(f"P{n}/{k}.jpg", make_face(n, k)) for n in (1, 2) for k in (0, 1)])
    api = f"{place.url}/api/v1"
    sent = client.session.post(f"{api}/imports/", files={"archive": ("p.zip", people)}, timeout=60)
    where = f"{api}/imports/{sent.json()['id']}/"
    done = eventually(
        lambda: (i := client.session.get(where, timeout=60).json())["state"] == "done" and i,
        "the import",
    )
    assert (done["people_added"], done["progress"]["added"]) == (2, 4), done
    export = client.session.post(f"{api}/exports/", timeout=60).json()
    eventually(
        lambda: (
            client.session.get(f"{api}/exports/{export['id']}/", timeout=60).json()["state"]
            == "done"
        ),
        "the export",
    )
    assert LiveClient(place, key).opened()["token"]


def test_nobody_leaves_anything_behind_in_a_connection(place, pooled):
    Client(place, place.new_key()).verdict(make_face(1), make_face(2))

    left: set[str] = set()
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as connection:
        for _ in range(20):
            with connection.transaction():
                found = connection.execute("SELECT current_setting('statement_timeout')").fetchall()
                left |= {timeout for (timeout,) in found}

    assert left == {"0"}


def test_a_lock_that_is_not_given_up_ends_the_wait_and_not_the_connection(place, direct):
    client = Client(place, place.new_key())
    address = f"{place.url}/api/v1/verifications/"
    assert client.session.get(address, timeout=60).status_code == 200

    with psycopg.connect(direct) as holder:
        holder.execute("LOCK TABLE verification_verification IN ACCESS EXCLUSIVE MODE")
        refused = client.session.get(address, timeout=60)
        others = requests.get(f"{place.url}/accounts/login/", timeout=60)

    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert others.status_code == 200
    assert client.session.get(address, timeout=60).status_code == 200


def test_nothing_is_asked_for_that_it_cannot_give(tmp_path):
    show = (
        "from django.db import connection as c; from verification.upkeep import databases\n"
        "print(c.settings_dict['DISABLE_SERVER_SIDE_CURSORS'])\n"
        "try: databases.dump(None)\n"
        "except databases.DatabaseNotCopied as refused: print(refused)"
    )

    done = start(tmp_path, show, DATABASE_URL="postgresql://u:p@h/n", FACEVERIFY_PGBOUNCER="true")
    without = start(tmp_path, show, FACEVERIFY_PGBOUNCER="true")

    cursors, backup = done.stdout.splitlines()
    assert cursors == "True"
    assert "DATABASE_URL of PostgreSQL itself and FACEVERIFY_PGBOUNCER=false" in backup
    assert without.returncode == 1
    assert "FACEVERIFY_PGBOUNCER=true needs DATABASE_URL=postgresql://" in without.stderr
