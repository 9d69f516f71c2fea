"""Requests and workers at the same moment, on SQLite and on PostgreSQL."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

TIMES = 6

# Claims one row from as many processes' worth of connections at once; prints how many got it.
CLAIM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from accounts.models import User
from tests.support.photos import photo
from tests.support.submissions import submit_pair
from verification.jobs.claims import claim
from verification.models import Verification
owner = User.objects.first()
row = submit_pair(owner=owner, probe=photo(1), reference=photo(2))
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


@pytest.fixture
def place(either_site):
    """Without a worker, which would claim the rows that the tests claim."""
    if either_site.worker is not None:
        either_site.kill_worker()
    return either_site


def test_of_requests_with_one_key_one_is_done_and_of_claims_one_succeeds(place):
    headers = {"Authorization": f"Bearer {place.new_key()}"}

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

    out = place.ask(CLAIM)
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


# What the scripts below begin with: two people, a photo of the first, and somebody who works in a
# thread until they have to wait for a row.
CROWD = """
import os
from threading import Event, Thread
from uuid import uuid4
import requests
from django.db import connection, transaction
from accounts.models import User
from accounts.services import api_key_create
from tests.support.faces import make_face
from tests.support.servers import PATIENCE, eventually
from verification.gallery import services
from verification.gallery.outliers import person_check
from verification.gallery.locks import lock, lock_person_of
from verification.models import Anchor, Person, Suggestion
from verification.worker.tasks import embed
owner = User.objects.create_user(f"{uuid4().hex}@example.org", "correct horse 9")
before, after = sorted(
    (Person.objects.create(owner=owner, name=name) for name in ("Ada", "Bea")), key=lambda p: p.pk
)
services.anchor_add(person=before, data=make_face(1))
anchor = before.anchors.get()
def thread(work):
    def run():
        try:
            work()
        finally:
            connection.close()
    return Thread(target=run)
def until_somebody_waits():
    def waiting():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return cursor.fetchone()[0]
    eventually(waiting, "the other to wait")
def free(model):
    with transaction.atomic():
        rows = model.objects.filter(owner=owner).select_for_update(skip_locked=True)
        return {row.pk for row in rows}
"""

# A photo moves to another person while somebody waits to lock the one it had.
MOVED = """
locked, done, found = Event(), Event(), []
def wait_for_it():
    with transaction.atomic():
        found.append(lock_person_of(anchor))
        locked.set()
        done.wait(60)
waiting = thread(wait_for_it)
with transaction.atomic():
    lock(before.pk)
    waiting.start()
    until_somebody_waits()
    Anchor.objects.filter(pk=anchor.pk).update(person=after)
assert locked.wait(60)
assert free(Person) == {before.pk}
done.set()
waiting.join()
assert found == [after.pk]
"""

# A worker looks at a person while another change has the one who looks the same.
LIKENESS = """
services.anchor_add(person=after, data=make_face(1, 1))
for pk in Anchor.objects.filter(owner=owner).values_list("pk", flat=True):
    embed(str(pk))
found, seen = [], []
looking = thread(lambda: found.append(person_check(after.pk)))
bystander = thread(lambda: seen.append(free(Person)))
with transaction.atomic():
    lock(before.pk)
    looking.start()
    until_somebody_waits()
    bystander.start()
    bystander.join()
looking.join()
assert seen == [{after.pk}]
assert found == [True]
assert Suggestion.objects.get(owner=owner).similarity > 0.5
"""

# Photos are queued for another model while another change has a person of another owner.
MODEL_CHANGED = """
from uuid import UUID
from verification.gallery.worker import embed_others_again
embed(str(anchor.pk))
stranger = User.objects.create_user(f"{uuid4().hex}@example.org", "correct horse 9")
cy = Person.objects.create(pk=UUID(int=uuid4().int >> 8), owner=stranger, name="Cy")  # before all others
services.anchor_add(person=cy, data=make_face(2))
embed(str(cy.anchors.get().pk))
queueing = thread(lambda: embed_others_again("f" * 64))
with transaction.atomic():
    lock(before.pk)
    queueing.start()
    until_somebody_waits()
    others = Person.objects.filter(owner=stranger)
    assert others.select_for_update(skip_locked=True).first() == cy
queueing.join()
mine = Anchor.objects.filter(owner__in=(owner, stranger))
assert set(mine.values_list("state", flat=True)) == {"pending"}
"""

# A conditional DELETE of a photo while another change has its person.
DELETED = """
key = api_key_create(owner=owner, name="test")[1]
url = f"http://127.0.0.1:{os.environ['PORT']}/api/v1/anchors/{anchor.pk}/"
sent, answers = {"Authorization": f"Bearer {key}"}, []
sent["If-Match"] = requests.get(url, headers=sent, timeout=60).headers["ETag"]
def delete():
    answers.append(requests.delete(url, headers=sent, timeout=60))
deleting = thread(delete)
with transaction.atomic():
    lock(before.pk)
    deleting.start()
    until_somebody_waits()
    Anchor.objects.select_for_update(nowait=True).get(pk=anchor.pk)
deleting.join()
assert answers[0].status_code == 200, answers[0].text
"""


@pytest.mark.postgres
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(MOVED, id="a person whom a photo left is not kept locked"),
        pytest.param(LIKENESS, id="a worker's look waits for both people before it has one"),
        pytest.param(
            MODEL_CHANGED, id="a model change waits for one owner's people and holds no other's"
        ),
        pytest.param(DELETED, id="a conditional delete waits for the person, not the photo"),
    ],
)
def test_who_waits_for_people_has_nothing_that_others_wait_for(postgres_site, what):
    if postgres_site.worker is not None:
        postgres_site.kill_worker()

    postgres_site.ask(CROWD + what)
