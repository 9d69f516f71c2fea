"""Claim, finish, give back: each change of state happens once, to whoever holds the claim."""

import errno
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from tests.support.present import present
from tests.support.rows import files_of, verification
from verification import engine
from verification.comparisons.outcome import end_with_verdict
from verification.jobs import claims as jobs
from verification.jobs import recovery
from verification.jobs.queues import BULK, INTERACTIVE
from verification.jobs.selectors import queue_states, worker_is_alive
from verification.models import Verification, Worker
from verification.worker import tasks

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


JPEG = b"\xff\xd8 a face"

# What the engine says of two photos, without the model.
VERDICT = engine.Verdict(
    decision=engine.Decision(
        outcome="no_match",
        similarity=0.1,
        probability=0.03,
        threshold=0.6,
        band=engine.Band(0.5, 0.7),
        false_match_rate=1e-3,
    ),
    model=engine.ModelIdentity("m", "1", "b" * 64),
    faces={"probe": {"index": 0}, "reference": {"index": 0}},
    crops={"probe": JPEG, "reference": JPEG},
    timings={"total": 1.0},
    calibration={},
)


def now_of(row) -> Verification:
    return Verification.objects.get(pk=row.pk)


def claimed(row: Verification) -> jobs.Claim[Verification]:
    return present(jobs.claim(Verification, pk=row.pk, worker=None))


def come_due(row) -> None:
    Verification.objects.filter(pk=row.pk).update(due_at=None)


def expire(row) -> None:
    Verification.objects.filter(pk=row.pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )


def test_only_one_claim_succeeds(user):
    row = verification(user)

    first, second = (jobs.claim(Verification, pk=row.pk, worker=None) for _ in range(2))

    assert present(first).row.attempts == 1
    assert second is None


@pytest.mark.parametrize("state", ["running", "done", "refused", "failed"])
def test_a_task_that_runs_again_changes_nothing(user, state):
    row = verification(user, state)
    before = Verification.objects.values().get()

    tasks.run(str(row.pk))

    assert Verification.objects.values().get() == before


def test_a_task_for_a_row_that_is_gone_does_nothing(db):
    tasks.run(str(uuid4()))

    assert not Verification.objects.exists()


def test_a_verdict_is_stored_with_its_crops(user):
    row = verification(user)
    claim = claimed(row)

    assert end_with_verdict(claim, VERDICT)

    row = now_of(row)
    assert (row.state, row.outcome, row.similarity, row.band_low) == ("done", "no_match", 0.1, 0.5)
    assert row.probe_crop.read().startswith(b"\xff\xd8")
    assert row.claim_token is None


def test_crops_of_a_run_that_was_killed_go_when_the_next_one_ends(
    user, django_capture_on_commit_callbacks
):
    row = verification(user)
    killed = claimed(row)
    killed.row.probe_crop.save("probe_crop", ContentFile(JPEG), save=False)
    expire(row)
    recovery.release_expired()
    assert "probe_crop" in files_of(row)

    with django_capture_on_commit_callbacks(execute=True):
        assert end_with_verdict(claimed(row), VERDICT)

    row = now_of(row)
    crops = {row.probe_crop.name, row.reference_crop.name}
    images = {row.probe_image.name, row.reference_image.name}
    assert {f"{row.folder}/{name}" for name in files_of(row)} == crops | images
    assert row.probe_crop.read().startswith(b"\xff\xd8")


def test_who_lost_the_claim_writes_nothing(user):
    row = verification(user)
    late = claimed(row)
    expire(row)
    assert recovery.release_expired() == 1
    current = claimed(row)

    assert not end_with_verdict(late, VERDICT)
    assert not jobs.end_failed(late, "internal_error")
    assert now_of(row).state == "running"
    assert files_of(row) == {"probe", "reference"}
    assert end_with_verdict(current, VERDICT)
    assert now_of(row).attempts == 2


def test_who_ends_a_deleted_row_leaves_no_file(user, django_capture_on_commit_callbacks):
    row = verification(user)
    claim = claimed(row)
    with django_capture_on_commit_callbacks(execute=True):
        now_of(row).delete()

    assert not end_with_verdict(claim, VERDICT)
    assert files_of(row) == set()


def test_several_end_together_and_one_whose_claim_was_lost_stays_as_it_is(
    user, django_capture_on_commit_callbacks
):
    first, lost, last = (claimed(verification(user)) for _ in range(3))
    expire(lost.row)
    recovery.release_expired()
    last.row.probe_crop.save("probe_crop", ContentFile(JPEG), save=False)
    ended = [(claim, {"failure_code": f"code{n}"}) for n, claim in enumerate((first, lost, last))]

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.end_several(ended, "failed") == {first.row.pk, last.row.pk}

    found = [now_of(claim.row) for claim in (first, lost, last)]
    assert [row.failure_code for row in found] == ["code0", "", "code2"]
    assert [row.state for row in found] == ["failed", "pending", "failed"]
    assert files_of(last.row) == {"probe", "reference"}  # what it wrote and did not name is gone


def test_a_lease_in_force_is_not_released(user):
    verification(user, "running")

    assert recovery.release_expired() == 0


def test_the_third_lost_try_fails(user):
    row = verification(user, "running", attempts=3)
    expire(row)

    recovery.release_expired()

    row = now_of(row)
    assert (row.state, row.failure_code) == ("failed", "worker_lost")
    assert row.finished_at is not None


def test_a_worker_of_the_same_name_takes_over_from_the_dead_one(user):
    dead, other, new = uuid4(), uuid4(), uuid4()
    recovery.worker_start(id=dead, name="a@host")
    recovery.worker_start(id=other, name="b@host")
    lost = verification(user, "running", claimed_by=dead)
    kept = verification(user, "running", claimed_by=other)

    recovery.worker_start(id=new, name="a@host")

    assert now_of(lost).state == "pending"
    assert now_of(kept).state == "running"
    assert set(Worker.objects.values_list("pk", flat=True)) == {other, new}


def test_a_worker_that_ends_gives_back_what_it_holds(user):
    mine, other = uuid4(), uuid4()
    recovery.worker_start(id=mine, name="a@host")
    lost = verification(user, "running", claimed_by=mine)
    kept = verification(user, "running", claimed_by=other)

    recovery.worker_stop(id=mine)

    assert (now_of(lost).state, now_of(kept).state) == ("pending", "running")
    assert not worker_is_alive()


def test_a_worker_is_alive_while_it_is_heard_of(db, settings):
    assert not worker_is_alive()
    recovery.worker_start(id=uuid4(), name="a@host")
    assert worker_is_alive()

    silent = timezone.now() - timedelta(seconds=settings.FACEVERIFY_WORKER_LOST_SECONDS + 1)
    Worker.objects.update(seen_at=silent)
    assert not worker_is_alive()


@pytest.fixture
def messages(monkeypatch):
    """The rows whose messages wait in the queue, where nobody takes them."""
    rows: list[UUID] = []

    def send(task: str, pk: UUID, countdown: float = 0) -> bool:
        rows.append(pk)
        return True

    monkeypatch.setattr(recovery, "send", send)
    monkeypatch.setattr(recovery, "depth", lambda queue: len(rows) if queue == INTERACTIVE else 0)
    return rows


def wait_long(rows, settings) -> None:
    for n, row in enumerate(rows):
        seconds = settings.FACEVERIFY_REQUEUE_SECONDS + 1 + len(rows) - n
        since = timezone.now() - timedelta(seconds=seconds)
        Verification.objects.filter(pk=row.pk).update(enqueued_at=since)


def test_a_pending_row_is_sent_again_after_a_while(user, settings, messages):
    row = verification(user)
    assert recovery.resend_pending() == 0

    wait_long([row], settings)

    assert recovery.resend_pending() == 1
    assert messages == [row.pk]


def test_the_queue_holds_no_more_messages_than_rows_wait(user, settings, messages):
    rows = [verification(user) for _ in range(5)]
    wait_long(rows, settings)
    messages += [row.pk for row in rows[3:]]

    for _sweep in range(10):
        recovery.resend_pending()

    assert len(messages) == 5
    assert messages[2:] == [row.pk for row in rows[:3]]  # the first that wait come first

    lost = rows[0]
    Verification.objects.exclude(pk=lost.pk).update(
        state="failed", failure_code="x", finished_at=NOW
    )
    messages.clear()
    recovery.resend_pending()
    assert messages == [lost.pk]


def test_rows_that_a_machine_with_a_wrong_clock_queued_are_not_forgotten(user, settings, messages):
    row = verification(user)
    Verification.objects.update(enqueued_at=timezone.now() + timedelta(minutes=10))

    assert recovery.resend_pending() == 1
    assert messages == [row.pk]


def test_nothing_is_sent_to_a_queue_out_of_reach(user, settings, messages, monkeypatch):
    wait_long([verification(user)], settings)
    monkeypatch.setattr(recovery, "depth", lambda _queue: None)

    assert recovery.resend_pending() == 0


def test_a_start_sends_everything_that_is_pending(user, messages):
    for state in ("pending", "pending", "running", "done"):
        verification(user, state)

    assert recovery.resend_pending(everything=True) == 2


def test_each_queue_tells_what_waits_and_who_works(user):
    now = timezone.now()
    recovery.worker_start(id=uuid4(), name="a@host", queues=[INTERACTIVE])
    recovery.worker_start(id=uuid4(), name="b@host")
    oldest = verification(user, enqueued_at=now - timedelta(seconds=100))
    verification(user, enqueued_at=now - timedelta(seconds=10))
    Verification.objects.filter(pk=oldest.pk).update(due_at=now - timedelta(seconds=60))
    verification(user, due_at=now + timedelta(hours=1))
    verification(user, "running")
    verification(user, "done")

    states = {state.name: state for state in queue_states()}

    interactive = states[INTERACTIVE]
    assert (interactive.waiting, interactive.running, interactive.workers) == (2, 1, 2)
    assert 60 <= interactive.oldest_seconds < 100
    assert (states[BULK].waiting, states[BULK].oldest_seconds, states[BULK].workers) == (0, 0, 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("disk"), "resources_exhausted"),
        (MemoryError(), "resources_exhausted"),
        (OperationalError("deadlock detected"), "database_unavailable"),
        (InterfaceError("the connection is closed"), "database_unavailable"),
    ],
)
def test_a_passing_error_is_tried_again_and_fails_at_last(user, monkeypatch, error, code):
    def broken(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(engine, "compare", broken)
    row = verification(user)

    states = []
    for _ in range(3):
        come_due(row)
        tasks.run(str(row.pk))
        states.append(now_of(row).state)

    assert states == ["pending", "pending", "failed"]
    assert now_of(row).failure_code == code


@pytest.mark.parametrize(
    "error",
    [
        engine.ArtifactError("model_missing", "There is no model.", "Prepare it."),
        engine.DecodersBusy("decoders_busy", "Too many photos.", "Wait."),
        OSError(errno.ENOSPC, "no space left on device"),
        OSError(errno.EDQUOT, "disk quota exceeded"),
        OSError(errno.EROFS, "read-only file system"),
    ],
    ids=repr,
)
def test_what_is_missing_for_all_uses_up_no_try(user, monkeypatch, error):
    def broken(*_args, **_kwargs):
        raise error

    works = engine.compare
    monkeypatch.setattr(engine, "compare", broken)
    row = verification(user)

    for _ in range(5):
        come_due(row)
        tasks.run(str(row.pk))
        assert (now_of(row).state, now_of(row).attempts) == ("pending", 0)
        assert jobs.claim(Verification, pk=row.pk, worker=None) is None  # not at once
    monkeypatch.setattr(engine, "compare", works)
    come_due(row)
    tasks.run(str(row.pk))

    assert now_of(row).is_finished


def test_photos_whose_whole_folder_is_out_of_reach_wait_for_it(user, settings):
    row = verification(user)
    folder = settings.MEDIA_ROOT / "verifications"
    away = folder.rename(folder.with_name("away"))

    tasks.run(str(row.pk))
    assert (now_of(row).state, now_of(row).attempts) == ("pending", 0)

    away.rename(folder)
    come_due(row)
    tasks.run(str(row.pk))
    assert now_of(row).is_finished


def test_an_error_of_ours_fails_at_once_and_is_raised_for_the_log(user, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "compare", broken)
    row = verification(user)

    with pytest.raises(ZeroDivisionError):
        tasks.run(str(row.pk))
    assert (now_of(row).state, now_of(row).failure_code) == ("failed", "internal_error")


def test_a_photo_that_is_gone_or_changed_on_disk_fails_at_once(user, settings):
    gone, changed = verification(user), verification(user)
    (settings.MEDIA_ROOT / gone.folder / "probe").unlink()
    (settings.MEDIA_ROOT / changed.folder / "probe").write_bytes(b"something else")

    for row in (gone, changed):
        tasks.run(str(row.pk))
        assert (now_of(row).state, now_of(row).failure_code) == ("failed", "photo_unavailable")
