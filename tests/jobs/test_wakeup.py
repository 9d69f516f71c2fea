"""Bells: who waits is woken; a bell that is broken costs nothing but time."""

import os
import threading

import pytest

from verification.jobs.wakeup import FINISHED, WORK, Bell, ring

PATIENCE = 60


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.FACEVERIFY_BELLS = tmp_path / "bells"
    return tmp_path / "bells"


def waiting(bell: Bell) -> threading.Thread:
    """Somebody who waits for as long as it takes."""
    thread = threading.Thread(target=bell.wait, args=(10 * PATIENCE,), daemon=True)
    thread.start()
    return thread


def test_everyone_who_waits_is_woken():
    with Bell(WORK) as one, Bell(WORK) as other:
        threads = [waiting(one), waiting(other)]

        ring(WORK)

        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_a_bell_rung_before_the_wait_is_heard():
    with Bell(WORK) as bell:
        ring(WORK)
        ring(WORK)

        thread = waiting(bell)
        thread.join(PATIENCE)

        assert not thread.is_alive()


def test_another_bell_wakes_nobody():
    with Bell(WORK) as bell:
        thread = waiting(bell)
        ring(FINISHED)

        thread.join(0.2)
        assert thread.is_alive()

        ring(WORK)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_who_waits_hears_what_was_rung_since():
    with Bell(WORK) as bell:
        ring(WORK, b"one.")
        ring(WORK, b"two.")

        assert bell.wait(PATIENCE) == b"one.two."
        assert bell.wait(0) == b""


def test_a_closed_bell_leaves_nothing(folder):
    with Bell(WORK):
        assert len(list((folder / WORK).iterdir())) == 1

    assert list((folder / WORK).iterdir()) == []
    ring(WORK)


def test_the_bell_of_a_killed_process_is_removed(folder):
    (folder / WORK).mkdir(parents=True)
    left = folder / WORK / "left"
    os.mkfifo(left)

    ring(WORK)
    assert left.exists()  # it might be one that is being made
    os.utime(left, (0, 0))
    ring(WORK)

    assert not left.exists()


def test_where_no_bell_can_be_made_waiting_is_sleeping(folder):
    folder.write_text("not a folder")

    with Bell(WORK) as bell:
        bell.wait(0.01)
        ring(WORK)


def test_a_full_bell_does_not_hold_up_the_ringer(folder):
    with Bell(WORK) as bell:
        (path,) = (folder / WORK).iterdir()
        end = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(end, b"!" * 4096)
        os.close(end)

        ring(WORK)
        bell.wait(PATIENCE)
        with pytest.raises(BlockingIOError):  # emptied by the wait
            os.read(bell._ends[0], 1)
