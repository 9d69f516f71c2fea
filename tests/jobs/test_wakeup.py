"""Processes that wait are woken; a broken pipe costs nothing but time."""

import os
import threading
from uuid import uuid4

import pytest

from verification.jobs.wakeup import FINISHED, WORK, Listener, notify, prune

PATIENCE = 60


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.FACEVERIFY_WAKEUP = tmp_path / "wakeup"
    return tmp_path / "wakeup"


def waiting(listener: Listener) -> threading.Thread:
    """Somebody who waits for as long as it takes."""
    thread = threading.Thread(target=listener.wait, args=(10 * PATIENCE,), daemon=True)
    thread.start()
    return thread


def test_every_listener_is_woken():
    with Listener(WORK) as one, Listener(WORK) as other:
        threads = [waiting(one), waiting(other)]

        notify(WORK)

        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_a_notification_before_the_wait_is_received():
    with Listener(WORK) as listener:
        notify(WORK)
        notify(WORK)

        thread = waiting(listener)
        thread.join(PATIENCE)

        assert not thread.is_alive()


def test_a_notification_of_another_topic_wakes_nobody():
    with Listener(WORK) as listener:
        thread = waiting(listener)
        notify(FINISHED)

        thread.join(0.2)
        assert thread.is_alive()

        notify(WORK)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_wait_ends_once_for_all_notifications_since_the_last_one():
    with Listener(WORK) as listener:
        notify(WORK)
        notify(WORK)

        assert listener.wait(PATIENCE)
        assert not listener.wait(0)


def test_who_waits_for_a_row_is_woken_for_that_one_alone():
    one, other = uuid4(), uuid4()
    with Listener(FINISHED, one) as listener, Listener(FINISHED, one) as second:
        notify(FINISHED, other)
        assert not listener.wait(0)

        notify(FINISHED, one)

        assert listener.wait(PATIENCE)
        assert second.wait(PATIENCE)


def test_a_closed_listener_leaves_nothing(folder):
    with Listener(WORK):
        assert len(list((folder / WORK).iterdir())) == 1

    assert list((folder / WORK).iterdir()) == []
    notify(WORK)


def test_the_pipe_of_a_killed_process_is_removed(folder):
    (folder / WORK).mkdir(parents=True)
    left = folder / WORK / "left"
    os.mkfifo(left)

    notify(WORK)
    assert left.exists()  # it might be one that is being made
    os.utime(left, (0, 0))
    notify(WORK)

    assert not left.exists()


def test_pipes_of_rows_whose_waiting_process_was_killed_are_pruned(folder):
    with Listener(FINISHED, uuid4()):
        (waiting_pipe,) = (folder / FINISHED).iterdir()
        left = folder / FINISHED / f"{uuid4().hex}-left"
        os.mkfifo(left)
        os.utime(left, (0, 0))
        os.utime(waiting_pipe, (0, 0))

        assert prune() == 1

        assert list((folder / FINISHED).iterdir()) == [waiting_pipe]


def test_where_no_pipe_can_be_made_waiting_is_sleeping(folder):
    folder.write_text("not a folder")

    with Listener(WORK) as listener:
        notify(WORK)

        assert not listener.wait(0.01)


def test_a_full_pipe_does_not_hold_up_the_notifier(folder):
    with Listener(WORK) as listener:
        (path,) = (folder / WORK).iterdir()
        end = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(end, b"!" * 4096)
        os.close(end)

        notify(WORK)
        listener.wait(PATIENCE)
        with pytest.raises(BlockingIOError):  # emptied by the wait
            os.read(listener._ends[0], 1)
