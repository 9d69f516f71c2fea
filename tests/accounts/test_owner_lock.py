"""Limits of what an owner may have hold for requests at the same moment, on PostgreSQL."""

import pytest

# Somebody takes the last free place, and before they are done another request wants it, too.
SCRIPT = """
from threading import Thread
from uuid import uuid4
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from accounts.models import User
from accounts.services import KEYS_PER_USER, api_key_create
from tests.support.servers import eventually
from tests.support.things import LIST_BYTES, zipped
from verification.batches.services import UNDER_WAY, batch_create
from verification.gallery.services import person_create
from verification.gallery_io.services import export_create
from verification.jobs.services import ActionNotAllowed
from verification.webhooks.services import TESTS_AT_ONCE, WEBHOOKS_PER_USER
from verification.webhooks.services import webhook_create, webhook_test
owner = User.objects.create_user(f"{uuid4().hex}@example.org", "correct horse 9")
def key():
    return api_key_create(owner=owner, name="a key")
def webhook():
    return webhook_create(
        owner=owner, url="https://receiver.example.org/", events=["verification.completed"]
    )[0]
def batch():
    return batch_create(owner=owner, pairs=LIST_BYTES, archive=zipped())
def delivery():
    return webhook_test(webhook=hook)
def export():
    return export_create(owner=owner)
def waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
def want_one_too():
    try:
        results.append(create())
    except (ValidationError, ActionNotAllowed):
        results.append("refused")
    finally:
        connection.close()
hook = webhook() if "NAME" == "delivery" else None
create, places, results = NAME, PLACES, []
for _ in range(places - 1):
    create()
another = Thread(target=want_one_too, daemon=True)
with transaction.atomic():
    last = create()
    another.start()
    eventually(waits, "the other request to wait")
another.join(90)
assert results == ([last] if "NAME" == "export" else ["refused"]), results
"""
PLACES = {
    "key": "KEYS_PER_USER",
    "webhook": "WEBHOOKS_PER_USER",
    "batch": "UNDER_WAY",
    "delivery": "TESTS_AT_ONCE",
    "export": "1",
}

pytestmark = [pytest.mark.server, pytest.mark.postgres]


@pytest.mark.parametrize("name", PLACES)
def test_the_last_free_place_is_given_once(postgres_site, name):
    if postgres_site.worker is not None:
        postgres_site.kill_worker()

    script = SCRIPT.replace("NAME", name).replace("PLACES", PLACES[name])

    postgres_site.ask(script)
