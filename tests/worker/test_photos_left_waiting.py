"""Whatever becomes of the worker or the message of photos that are carried out together: each photo's face is
found in the end, and none is left waiting."""

import errno
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.support.people import person
from tests.support.photos import photo
from tests.support.rows import files_of
from verification import engine
from verification.gallery import embed_photos, services
from verification.jobs import claims, recovery
from verification.models import Anchor, Person
from verification.photos.storage import private_files
from verification.worker import celery_hooks, children, sweep, tasks, together

pytestmark = pytest.mark.django_db

LOCKED = OperationalError("database is locked")
ME = uuid4()
FACE = engine.FaceEmbedding(
    embedding=np.eye(1, 8, dtype="<f4")[0],
    conditions=(),
    face={"index": 0, "quality": {"overall": 0.9}},
    crop=b"\xff\xd8 a face",
    model=engine.ModelIdentity("m", "1", "b" * 64),
    timings={},
)


@pytest.fixture
def ada(user) -> Person:
    return person(user, "Ada")


@pytest.fixture(autouse=True)
def queue(monkeypatch) -> list[UUID]:
    """The rows of the messages that were sent, where nobody takes them."""
    rows: list[UUID] = []

    def send(task: str, pk: UUID, countdown: float = 0) -> bool:
        rows.append(pk)
        return True

    for module in (recovery, claims):
        monkeypatch.setattr(module, "send", send)
    monkeypatch.setattr(recovery, "depth", lambda _queue: len(rows))
    monkeypatch.setenv(celery_hooks.INSTANCE, str(ME))
    return rows


@pytest.fixture(autouse=True)
def looked_at(monkeypatch) -> list[bytes]:
    """The photos in which a worker has looked for a face, in order; the model is not needed here."""
    seen: list[bytes] = []

    def embed_face(data: bytes, **_options: object) -> engine.FaceEmbedding:
        seen.append(data)
        return FACE

    monkeypatch.setattr(engine, "embed_face", embed_face)
    return seen


def waiting(owner: Person, many: int) -> list[Anchor]:
    return [
        services.anchor_add_clean(
            person=owner, photo=photo(n), origin_sha256="", file_name=f"{n}.jpg",
            face_index=None, is_bulk=True,
        )
        for n in range(many)
    ]  # fmt: skip


def states() -> list[str]:
    return list(Anchor.objects.order_by("created_at", "id").values_list("state", flat=True))


def tries() -> list[int]:
    return list(Anchor.objects.order_by("created_at", "id").values_list("attempts", flat=True))


def time_passes() -> None:
    """Long enough for whatever waits for a time."""
    long_ago = timezone.now() - timedelta(hours=1)
    Anchor.objects.update(enqueued_at=long_ago)
    Anchor.objects.filter(due_at__isnull=False).update(due_at=long_ago)
    Anchor.objects.filter(lease_expires_at__isnull=False).update(lease_expires_at=long_ago)


def sweep_and_work(queue: list[UUID]) -> None:
    """A sweep, and a worker that takes every message there is, until nothing comes any more."""
    for _round in range(5):
        recovery.release_expired()
        recovery.resend_pending()
        taken, queue[:] = list(queue), []
        for pk in taken:
            tasks.embed(str(pk))


def fails_once(monkeypatch, owner, name: str, error: Exception) -> list[str]:
    """The function raises this the first time it is called; the calls."""
    works, calls = getattr(owner, name), []

    def flaky(*arguments, **options):
        calls.append(name)
        if len(calls) == 1:
            raise error
        return works(*arguments, **options)

    monkeypatch.setattr(owner, name, flaky)
    return calls


def test_for_lost_messages_as_many_come_again_as_are_needed(ada, queue, monkeypatch):
    monkeypatch.setattr(Anchor, "TOGETHER", 3)
    rows = waiting(ada, 8)
    Anchor.objects.filter(pk=rows[4].pk).update(attempts=1)  # it is carried out alone
    time_passes()

    assert recovery.resend_pending() == 4

    assert rows[4].pk in queue
    assert recovery.resend_pending() == 0  # they are still there
    for pk in list(queue):
        tasks.embed(str(pk))
    assert states() == ["ready"] * 8


def test_a_message_that_comes_twice_finds_nothing_to_do(ada, looked_at):
    rows = waiting(ada, 3)

    for row in (rows[0], rows[0], rows[2]):
        tasks.embed(str(row.pk))

    assert states() == ["ready"] * 3
    assert len(looked_at) == 3


@pytest.mark.parametrize("at", [0, 1], ids=["the one of the message", "one beside"])
def test_a_photo_that_is_deleted_meanwhile_takes_no_other_along(
    ada, monkeypatch, at, django_capture_on_commit_callbacks
):
    rows = waiting(ada, 3)
    find = tasks.find_face

    def deleted_before_the_last(claim, photo):
        if claim.row.pk == rows[2].pk:
            services.anchor_delete(anchor=rows[at], erase=True)
        return find(claim, photo)

    together_with(monkeypatch, make=deleted_before_the_last)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.embed(str(rows[0].pk))

    assert states() == ["ready"] * 2
    assert not private_files().exists(rows[at].folder)
    assert Person.objects.get().ready_count == 2


def test_a_photo_that_is_deleted_meanwhile_and_comes_back_is_looked_at_again(
    ada, monkeypatch, queue
):
    rows = waiting(ada, 3)
    find = tasks.find_face

    def deleted_before_the_last(claim, photo):
        if claim.row.pk == rows[2].pk:
            changes.append(services.anchor_delete(anchor=rows[1]))
        return find(claim, photo)

    changes: list = []
    together_with(monkeypatch, make=deleted_before_the_last)
    tasks.embed(str(rows[0].pk))
    together_with(monkeypatch, make=find)
    services.change_undo(owner=ada.owner, change_id=changes[0].pk)
    assert states() == ["ready", "pending", "ready"]

    time_passes()
    sweep_and_work(queue)

    assert states() == ["ready"] * 3


def test_what_was_given_to_another_worker_meanwhile_is_the_others(
    ada, queue, monkeypatch, looked_at
):
    rows = waiting(ada, 3)
    find = tasks.find_face

    def released_before_the_last(claim, photo):
        if claim.row.pk == rows[2].pk:
            Anchor.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(
                lease_expires_at=timezone.now() - timedelta(seconds=1)
            )
            assert recovery.release_expired() == 2
        return find(claim, photo)

    together_with(monkeypatch, make=released_before_the_last)
    tasks.embed(str(rows[0].pk))
    together_with(monkeypatch, make=find)

    assert states() == ["pending", "pending", "ready"]
    assert sorted(queue) == sorted([rows[0].pk, rows[1].pk])
    sweep_and_work(queue)
    assert states() == ["ready"] * 3
    assert len(looked_at) == 5
    assert [files_of(row) for row in rows] == [{"image", "crop"}] * 3


def test_of_a_child_that_was_killed_all_that_it_held_is_given_back_at_once(ada, queue):
    rows = waiting(ada, 3)
    killed(rows[0])

    released = recovery.release_one(task=Anchor.TASK, pk=rows[0].pk, worker=ME, code="worker_lost")

    assert released == 3

    assert (states(), tries()) == (["pending"] * 3, [1] * 3)
    assert sorted(queue) == sorted(row.pk for row in rows)
    sweep_and_work(queue)
    assert (states(), tries()) == (["ready"] * 3, [2] * 3)


def test_of_a_child_whose_message_was_about_none_of_them_the_sweep_gives_back_what_it_held(
    ada, queue, monkeypatch
):
    rows = waiting(ada, 3)
    killed(uuid4())
    monkeypatch.setattr(sweep, "_children", lambda _pool: [None])
    monkeypatch.setattr(sweep, "held_by", lambda _children: set())
    look = sweep.Sweep(SimpleNamespace())
    look.pool, look.unheld = None, set()

    assert [look._release_unheld(ME), look._release_unheld(ME)] == [0, 3]

    sweep_and_work(queue)
    assert states() == ["ready"] * 3
    assert len(rows) == 3


@pytest.mark.parametrize("step", ["claim", "claim_several"])
def test_what_is_being_taken_is_held_already_so_that_no_sweep_gives_it_back(ada, monkeypatch, step):
    (row,) = waiting(ada, 1)
    held: list[UUID] = []
    take = getattr(claims, step)

    @contextmanager
    def holding(token):
        held.append(token)
        yield
        held.remove(token)

    def taking(*arguments, token, **options):
        assert held == [token]
        return take(*arguments, token=token, **options)

    monkeypatch.setattr(children, "holding", holding)
    monkeypatch.setattr(claims, step, taking)

    tasks.embed(str(row.pk))

    assert states() == ["ready"]
    assert held == []


def test_a_photo_is_carried_out_although_those_beside_cannot_be_taken(ada, monkeypatch):
    rows = waiting(ada, 3)
    fails_once(monkeypatch, claims, "claim_several", LOCKED)

    tasks.embed(str(rows[0].pk))
    assert states() == ["ready", "pending", "pending"]

    tasks.embed(str(rows[1].pk))
    assert states() == ["ready"] * 3


def test_an_error_of_the_database_gives_all_of_them_back_and_each_is_found_later(
    ada, monkeypatch, queue
):
    rows = waiting(ada, 3)
    calls = fails_once(monkeypatch, embed_photos, "end_several", LOCKED)

    tasks.embed(str(rows[0].pk))
    assert (states(), len(calls)) == (["pending"] * 3, 1)

    time_passes()
    sweep_and_work(queue)
    assert states() == ["ready"] * 3


def test_where_not_even_that_can_be_written_the_database_is_waited_for_once(
    ada, monkeypatch, queue
):
    rows = waiting(ada, 3)
    fails_once(monkeypatch, embed_photos, "end_several", LOCKED)
    tried: list[UUID] = []

    def release(claim, *_code, **_options):
        tried.append(claim.row.pk)
        raise LOCKED

    with monkeypatch.context() as broken:
        broken.setattr(claims, "release", release)
        tasks.embed(str(rows[0].pk))

    assert len(tried) == 1
    assert states() == ["running"] * 3
    time_passes()
    sweep_and_work(queue)
    assert states() == ["ready"] * 3


def together_with(monkeypatch, *, make, write=tasks.crop_write) -> None:
    """The task of photos, with other parts that find a face and write its crop."""
    kind = together.Together(
        Anchor, tasks.photo_read, make, write, tasks.store_faces, tasks.waiting_beside,
        Anchor.has_company,
    )  # fmt: skip
    monkeypatch.setattr(tasks, "embed", lambda pk: together.carry_out_together(kind, pk))


def killed(of: Anchor | UUID) -> None:
    """A child takes photos for the message about this one, and is killed before it has stored any."""
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as dying:
        together_with(dying, make=_die)
        tasks.embed(str(getattr(of, "pk", of)))


def _die(_claim, _photo):
    raise KeyboardInterrupt


def test_a_crop_that_cannot_be_written_hurts_no_other(ada, monkeypatch, queue):
    rows = waiting(ada, 3)
    write = tasks.crop_write

    def full_for_one(claim, face):
        if claim.row.pk == rows[1].pk:
            raise OSError(errno.ENOSPC, "no space left on device")
        write(claim, face)

    with monkeypatch.context() as full:
        together_with(full, make=tasks.find_face, write=full_for_one)
        tasks.embed(str(rows[0].pk))

    assert (states(), tries()) == (["ready", "pending", "ready"], [1, 0, 1])
    time_passes()
    sweep_and_work(queue)
    assert states() == ["ready"] * 3
