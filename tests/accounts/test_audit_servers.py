"""The audit log of a real site: batches, a web process that is stopped or killed, appending at the same moment."""

import signal

import psutil
import pytest
import requests

from tests.support.photos import photo
from tests.support.present import present
from tests.support.programs import Client
from tests.support.servers import PATIENCE, Site, eventually, postgres_server, site

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
AuditEntry(action="key.created").save()
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
print(AuditEntry.objects.filter(action="view.seen").exclude(number=None).count())
"""


def shell(place: Site, script: str) -> str:
    return place.run("manage.py", "shell", "--no-imports", "-c", script)


def seen(place: Site) -> int:
    return int(shell(place, SEEN))


def test_entries_of_many_at_the_same_moment_are_one_chain(either_site):
    shell(either_site, APPEND)

    assert "intact" in either_site.run("manage.py", "verify_audit")


@pytest.mark.postgres
def test_postgresql_refuses_to_change_delete_or_empty_the_log(tmp_path):
    with postgres_server() as database, site(tmp_path, DATABASE_URL=database) as place:
        shell(place, CHANGE)


def kill_web(place: Site) -> None:
    """SIGKILL, to gunicorn's main process and its children."""
    main = psutil.Process(present(place.web).pid)
    family = [main, *main.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, PATIENCE)
    present(place.web).wait(PATIENCE)
    place.web = None


def look(place: Site, how_many: int) -> None:
    """As a program that reads as many verifications."""
    client = Client(place, place.new_key(scopes=["verify", "history:read"]))
    for number in range(how_many):
        id = client.submit(photo(number), photo(number + 50)).json()["id"]
        client.get(id)


def test_what_was_looked_at_is_written_within_a_moment(tmp_path):
    with site(tmp_path) as place:
        place.start_web()

        look(place, 3)

        eventually(lambda: seen(place) == 3, "the views to be written")
        assert "intact" in place.run("manage.py", "verify_audit")


def test_a_web_process_that_is_stopped_writes_what_waits(tmp_path):
    with site(tmp_path, FACEVERIFY_AUDIT_SECONDS="60") as place:
        place.start_web()
        look(place, 3)
        assert seen(place) == 0

        web = present(place.web)
        web.send_signal(signal.SIGTERM)
        web.wait(60)
        place.web = None

        assert seen(place) == 3


def test_a_web_process_that_is_killed_loses_views_and_nothing_else(tmp_path):
    with site(tmp_path, FACEVERIFY_AUDIT_SECONDS="60") as place:
        place.start_web()
        look(place, 2)
        secret = place.new_key(scopes=["admin"])
        answer = requests.post(
            f"{place.url}/api/v1/keys/",
            json={"name": "made"},
            headers={"Authorization": f"Bearer {secret}"},
            timeout=60,
        )
        assert answer.status_code == 201

        kill_web(place)

        assert seen(place) == 0
        told = place.run("manage.py", "export_audit", "--format", "jsonl")
        assert answer.json()["id"] in told
        assert "intact" in place.run("manage.py", "verify_audit")
