"""The audit log of a real site: batches, a web process that is stopped or killed, appending at the same moment."""

import signal

import psutil
import pytest
import requests

from tests.support.photos import photo
from tests.support.present import present
from tests.support.programs import Client
from tests.support.servers import PATIENCE, Site, eventually, site

pytestmark = pytest.mark.server

APPEND = """
from threading import Thread
from django.db import connection
from accounts.audit.models import AuditEntry
from accounts.chain.checking import verify
from accounts.chain.sealing import append, seal_waiting
def write():
    for _ in range(25):
        append(AuditEntry(action="key.created"))
        AuditEntry(action="key.revoked").save()
        seal_waiting(AuditEntry)
    connection.close()
writers = [Thread(target=write) for _ in range(6)]
for each in writers: each.start()
for each in writers: each.join()
report = verify(AuditEntry)
assert report.intact and not report.waiting, report
assert AuditEntry.objects.filter(object_id="", action__startswith="key.", account=None).count() == 300
"""
CHANGE = """
from django.db import DatabaseError, connection, transaction
from accounts.audit.models import AuditEntry
AuditEntry(action="webhook.created").save()
for statement in (
    "UPDATE accounts_auditentry SET action = 'key.revoked'",
    "DELETE FROM accounts_auditentry",
    "TRUNCATE accounts_auditentry",
):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        assert "neither changed nor deleted" in str(error), error
    else:
        raise AssertionError(statement)
"""
SEEN = """
from accounts.audit.models import AuditEntry
seen = AuditEntry.objects.filter(action="view.seen", object_id__in={ids!r}).exclude(number=None)
print(seen.count())
"""
COMMAND = "from django.core.management import call_command; call_command({words})"


@pytest.fixture(scope="module")
def lazy(tmp_path_factory):
    """A site that writes views once a minute."""
    with site(tmp_path_factory.mktemp("lazy"), FACEVERIFY_AUDIT_SECONDS="60") as place:
        yield place


def told(place: Site, *words: str) -> str:
    return place.ask(COMMAND.format(words=", ".join(map(repr, words))))


def seen(place: Site, ids: list[str]) -> int:
    return int(place.ask(SEEN.format(ids=ids)))


def test_entries_of_many_at_the_same_moment_are_one_chain(either_site):
    either_site.ask(APPEND)

    assert "intact" in told(either_site, "verify_audit")


@pytest.mark.postgres
def test_postgresql_refuses_to_change_delete_or_empty_the_log(postgres_site):
    postgres_site.ask(CHANGE)


def kill_web(place: Site) -> None:
    """SIGKILL, to gunicorn's main process and its children."""
    main = psutil.Process(present(place.web).pid)
    family = [main, *main.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, PATIENCE)
    present(place.web).wait(PATIENCE)
    place.web = None


def look(place: Site, how_many: int) -> list[str]:
    """As a program that reads as many verifications; their ids."""
    client = Client(place, place.new_key(scopes=["verify", "history:read"]))
    ids = [
        client.submit(photo(number), photo(number + 50)).json()["id"] for number in range(how_many)
    ]
    for id in ids:
        client.get(id)
    return ids


def test_what_was_looked_at_is_written_within_a_moment(place):
    ids = look(place, 3)

    eventually(lambda: seen(place, ids) == 3, "the views to be written")
    assert "intact" in told(place, "verify_audit")


def test_a_web_process_that_is_stopped_writes_what_waits(lazy):
    lazy.start_web()
    ids = look(lazy, 3)
    assert seen(lazy, ids) == 0

    web = present(lazy.web)
    web.send_signal(signal.SIGTERM)
    web.wait(PATIENCE)
    lazy.web = None

    assert seen(lazy, ids) == 3


def test_a_web_process_that_is_killed_loses_views_and_nothing_else(lazy):
    lazy.start_web()
    ids = look(lazy, 2)
    secret = lazy.new_key(scopes=["admin"])
    answer = requests.post(
        f"{lazy.url}/api/v1/keys/",
        json={"name": "made"},
        headers={"Authorization": f"Bearer {secret}"},
        timeout=60,
    )
    assert answer.status_code == 201

    kill_web(lazy)

    assert seen(lazy, ids) == 0
    assert answer.json()["id"] in told(lazy, "export_audit", "--format", "jsonl")
    assert "intact" in told(lazy, "verify_audit")
