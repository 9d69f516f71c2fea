"""Processes that wait are woken; a broken pipe costs nothing but time."""

import os
import threading

import pytest

from verification.jobs.wakeup import FINISHED, WORK, Listener, notify

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


def test_a_wait_returns_all_notifications_since_the_last_one():
    with Listener(WORK) as listener:
        notify(WORK, b"one.")
        notify(WORK, b"two.")

        assert listener.wait(PATIENCE) == b"one.two."
        assert listener.wait(0) == b""


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


def test_where_no_pipe_can_be_made_waiting_is_sleeping(folder):
    folder.write_text("not a folder")

    with Listener(WORK) as listener:
        notify(WORK)

        assert listener.wait(0.01) == b""


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
