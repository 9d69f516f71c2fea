"""Photos of an import that wait together are carried out together, each with its own end."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.faces import make_face, no_face
from tests.support.people import person
from verification.gallery import embed_photos, services
from verification.gallery.gallery_models import Gallery
from verification.models import Anchor, Person
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def waiting(owner: Person, data: bytes, **columns) -> Anchor:
    row = services.anchor_add_clean(
        person=owner, photo=data, origin_sha256="", file_name="a.jpg", face_index=None, is_bulk=True
    )
    Anchor.objects.filter(pk=row.pk).update(**columns)
    return row


@pytest.fixture
def ada(user) -> Person:
    return person(user, "Ada")


def states() -> list[str]:
    return list(Anchor.objects.order_by("created_at", "id").values_list("state", flat=True))


def test_a_message_stands_for_all_that_wait_beside_and_a_bad_photo_hurts_no_other(user, ada):
    bea = person(user, "Bea")
    first = waiting(ada, make_face(1))
    for owner, data in ((ada, no_face()), (bea, make_face(2)), (bea, make_face(2, 1))):
        waiting(owner, data)
    before = Gallery.default_of(user.pk).version

    tasks.embed(str(first.pk))

    assert states() == ["ready", "refused", "ready", "ready"]
    assert Gallery.default_of(user.pk).version > before
    found = {
        row.name: (row.ready_count, row.cover is not None, row.version)
        for row in Person.objects.all()
    }
    assert found == {"Ada": (1, True, 1), "Bea": (2, True, 1)}


def test_however_many_they_are_the_statements_are_the_same(ada):
    needed: list[int] = []
    for many in (2, 2, 6):  # once for what is asked once in a process
        rows = [waiting(ada, make_face(n, len(needed))) for n in range(many)]

        with CaptureQueriesContext(connection) as told:
            tasks.embed(str(rows[0].pk))
        needed.append(len(told))

    assert needed[2] == needed[1]
    assert states() == ["ready"] * 10


def test_a_message_whose_photo_another_has_taken_still_stands_for_the_others(ada):
    taken = waiting(
        ada, make_face(1), state="refused", refusal_code="x", finished_at="2026-01-01T00:00Z"
    )
    waiting(ada, make_face(2))

    tasks.embed(str(taken.pk))

    assert states() == ["refused", "ready"]


def test_a_photo_that_broke_a_run_is_tried_alone(ada):
    first = waiting(ada, make_face(1))
    broke = waiting(ada, make_face(2), attempts=1)

    tasks.embed(str(first.pk))
    assert states() == ["ready", "pending"]

    waiting(ada, make_face(3))
    tasks.embed(str(broke.pk))
    assert states() == ["ready", "ready", "pending"]


def test_a_photo_that_somebody_waits_for_and_a_large_one_have_no_company(ada):
    one = waiting(ada, make_face(1), is_bulk=False)
    large = waiting(ada, make_face(2), image_bytes=10**7)
    waiting(ada, make_face(3))

    tasks.embed(str(one.pk))
    tasks.embed(str(large.pk))

    assert states() == ["ready", "ready", "pending"]


def test_a_photo_that_is_moved_at_that_moment_counts_for_whom_it_is_given_to(
    user, ada, monkeypatch
):
    bea = person(user, "Bea")
    first = waiting(ada, make_face(1))
    given = waiting(ada, make_face(2))
    lock = embed_photos.lock

    def moved_before(*ids):
        Anchor.objects.filter(pk=given.pk).update(person=bea)
        return lock(*ids)

    monkeypatch.setattr(embed_photos, "lock", moved_before)

    tasks.embed(str(first.pk))

    assert states() == ["ready", "ready"]
    found = {row.name: (row.ready_count, row.cover_id) for row in Person.objects.all()}
    assert found == {"Ada": (1, first.pk), "Bea": (1, given.pk)}


def test_what_cannot_be_stored_together_is_stored_one_by_one(ada, monkeypatch):
    first, bad, _last = (waiting(ada, make_face(n)) for n in (1, 2, 3))
    columns = embed_photos._columns

    def fails_for_one(claim, face):
        if claim.row.pk == bad.pk:
            raise ValueError("a bug")
        return columns(claim, face)

    monkeypatch.setattr(embed_photos, "_columns", fails_for_one)

    with pytest.raises(ValueError, match="a bug"):
        tasks.embed(str(first.pk))

    assert states() == ["ready", "failed", "ready"]


# Two workers at the same time take from the same photos, and each of them stores its own.
ON_POSTGRESQL = """
from threading import Barrier, Lock, Thread
from uuid import uuid4
from django.db import connection
from accounts.models import User
from tests.support.faces import make_face
from tests.support.servers import PATIENCE
from verification.gallery import services
from verification.models import Anchor, Person
from verification.worker import tasks, together
owner = User.objects.create_user(f"{uuid4().hex}@example.org", None)
ada = services.person_create(owner=owner, name="Ada")
rows = [
    services.anchor_add_clean(
        person=ada, photo=make_face(1, n), origin_sha256="", file_name="a.jpg", face_index=None,
        is_bulk=True,
    )
    for n in range(6)
]
most, Anchor.TOGETHER = Anchor.TOGETHER, 3
seen, both, model = [], Barrier(2, timeout=PATIENCE), Lock()  # a worker's processes have one each
def make(claim, photo):
    seen.append(claim.row.pk)
    with model:
        return tasks.find_face(claim, photo)
def store(found):
    both.wait()
    return tasks.store_faces(found)
kind = together.Together(
    Anchor, tasks.photo_read, make, tasks.crop_write, store, tasks.waiting_beside, Anchor.has_company
)
def work(pk):
    together.carry_out_together(kind, str(pk))
    connection.close()
working = [Thread(target=work, args=(rows[0].pk,)) for _ in range(2)]
for each in working: each.start()
for each in working: each.join()
Anchor.TOGETHER = most
found = Anchor.objects.filter(person=ada)
assert set(found.values_list("state", "attempts")) == {("ready", 1)}
assert sorted(seen) == sorted(row.pk for row in rows)
ada.refresh_from_db()
assert (ada.anchor_count, ada.ready_count, ada.version) == (6, 6, 2)
assert all(row.crop.read() and row.embedding for row in found)
"""


@pytest.mark.postgres
def test_on_postgresql_two_workers_share_the_photos_that_wait(postgres_site):
    if postgres_site.worker is not None:
        postgres_site.kill_worker()

    postgres_site.ask(ON_POSTGRESQL)
