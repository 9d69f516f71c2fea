"""Requests and workers at the same moment, on SQLite and on PostgreSQL."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
import requests

from tests.servers import postgres_server, site

TIMES = 6

# Claims one row from as many processes' worth of connections at once; prints how many got it.
CLAIM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from accounts.models import User
from tests.photos import photo
from verification.comparisons.services import verification_submit
from verification.jobs.running import claim
from verification.models import Verification
owner = User.objects.get(email="owner@example.org")
row = verification_submit(owner=owner, probe=photo(1), reference=photo(2))
def take(_n):
    try:
        return claim(Verification, pk=row.pk, worker=None) is not None
    finally:
        connection.close()
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(take, range(8))))
print(Verification.objects.get(pk=row.pk).attempts)
"""


def at_once(place, headers: dict, path: str, name: str = "Ada") -> list:
    def send(n: int):
        # The last one says something else.
        body = {"name": name if n < TIMES - 1 else "another"}
        return requests.post(f"{place.url}{path}", json=body, headers=headers, timeout=60)

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(send, range(TIMES)))


@pytest.mark.parametrize(
    "database",
    [
        nullcontext,
        pytest.param(postgres_server, marks=pytest.mark.postgres),
    ],
    ids=["sqlite", "postgresql"],
)
@pytest.mark.xdist_group("servers")
def test_of_requests_with_one_key_one_is_done_and_of_claims_one_succeeds(tmp_path, database):
    with database() as url, site(tmp_path, **({"DATABASE_URL": url} if url else {})) as place:
        headers = {"Authorization": f"Bearer {place.new_key()}"}
        place.start_web()

        answers = at_once(place, headers | {"Idempotency-Key": "once"}, "/api/v1/people/")

        same = [answer for answer in answers[:-1] if answer.status_code == 201]
        if same:  # the many came before the one that differs
            assert len(same) == TIMES - 1, [answer.text for answer in answers]
            assert len({answer.text for answer in same}) == 1
            assert answers[-1].json()["code"] == "idempotency_key_reused"
        else:
            assert {a.json()["code"] for a in answers[:-1]} == {"idempotency_key_reused"}
            assert answers[-1].status_code == 201
        listed = requests.get(f"{place.url}/api/v1/people/", headers=headers, timeout=60).json()
        assert len(listed["results"]) == 1

        ended = race_for_one_change(place, headers, listed["results"][0]["id"])
        assert sorted(ended) == [200] + [412] * (TIMES - 1)

        out = place.run("manage.py", "shell", "--no-imports", "-c", CLAIM)
        assert [json.loads(line) for line in out.split()] == [1, 1]


def race_for_one_change(place, headers: dict, id: str) -> list[int]:
    """Several PATCHes with the same If-Match at once; their statuses."""
    url = f"{place.url}/api/v1/people/{id}/"
    etag = requests.get(url, headers=headers, timeout=60).headers["ETag"]

    def change(n: int) -> int:
        sent = headers | {"If-Match": etag}
        return requests.patch(url, json={"note": f"{n}"}, headers=sent, timeout=60).status_code

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(change, range(TIMES)))


# A photo moves to another person while somebody waits to lock the one it had; prints whether that
# one can be locked by others afterwards.
MOVED = """
from threading import Event, Thread
from django.db import connection, transaction
from accounts.models import User
from tests.photos import photo
from tests.servers import eventually
from verification.gallery import services
from verification.gallery.locks import lock, lock_person_of
from verification.models import Anchor, Person
owner = User.objects.get(email="owner@example.org")
before, after = (Person.objects.create(owner=owner, name=name) for name in ("before", "after"))
services.anchor_add(person=before, data=photo(1))
anchor = Anchor.objects.get()
locked, done, found = Event(), Event(), []
def wait_for_it():
    with transaction.atomic():
        found.append(lock_person_of(anchor))
        locked.set()
        done.wait(60)
    connection.close()
def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
waiting = Thread(target=wait_for_it)
with transaction.atomic():
    lock(before.pk)
    waiting.start()
    eventually(somebody_waits, "the other to wait")
    Anchor.objects.update(person=after)
assert locked.wait(60)
with transaction.atomic():
    free = Person.objects.select_for_update(skip_locked=True)
    print(*free.order_by("-name").values_list("name", flat=True))
done.set()
waiting.join()
assert found == [after.pk]
"""


@pytest.mark.postgres
@pytest.mark.xdist_group("servers")
def test_a_person_whom_a_photo_left_is_not_kept_locked(tmp_path):
    with postgres_server() as url, site(tmp_path, DATABASE_URL=url) as place:
        place.new_key()

        assert place.run("manage.py", "shell", "--no-imports", "-c", MOVED).strip() == "before"
