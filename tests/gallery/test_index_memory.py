"""Memory that processes share has no name on any disk and goes with the last of them."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from tests.support.servers import PATIENCE
from verification.gallery.index.memory import SharedMemory

PLAIN = b"numbers that no disk may have in the clear"


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def test_another_process_reads_and_writes_the_same_memory_and_nothing_is_on_a_disk(folder):
    ours = SharedMemory("gallery")
    with ours.locked(alone=True):
        memory = ours.create(8192)
        memory[: len(PLAIN)] = PLAIN

    child = multiprocessing.get_context("fork").Process(target=_answer)
    child.start()
    child.join(PATIENCE)

    assert child.exitcode == 0
    assert memory[4096:4100] == b"seen"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert all(PLAIN not in path.read_bytes() for path in files)
    ours.detach()
    with SharedMemory("gallery").locked(alone=True):
        assert SharedMemory("gallery").attach() is None


def _answer() -> None:
    theirs = SharedMemory("gallery")
    with theirs.locked(alone=True):
        memory = theirs.attach()
        right = memory is not None and memory[: len(PLAIN)] == PLAIN
        if memory is not None:
            memory[4096:4100] = b"seen"
    os._exit(0 if right else 1)


def test_a_process_that_has_it_lets_others_in_after_the_one_that_made_it_has_ended(folder):
    reading, writing = os.pipe()
    child = multiprocessing.get_context("fork").Process(target=_make, args=(writing,))
    child.start()
    os.close(writing)  # so that reading ends with the child, whatever happens to it
    assert os.read(reading, 1) == b"."
    ours = SharedMemory("gallery")
    with ours.locked(alone=False):
        assert ours.attach() is not None
    child.kill()
    child.join(PATIENCE)
    os.close(reading)

    with ours.locked(alone=True):
        assert ours.is_orphaned
        ours.say()

    late = SharedMemory("gallery")
    with late.locked(alone=False):
        memory = late.attach()
        assert memory is not None and memory[: len(PLAIN)] == PLAIN


def _make(writing: int) -> None:
    made = SharedMemory("gallery")
    with made.locked(alone=True):
        made.create(4096)[: len(PLAIN)] = PLAIN
    os.write(writing, b".")
    signal.pause()  # until it is killed
