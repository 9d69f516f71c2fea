"""Decoders may die at any moment; whoever asks them does not."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import psutil
import pytest

from ml import images
from ml.errors import ImageRefused
from ml.images import decoder, sandbox
from tests.support.image_files import picture, saved
from tests.support.servers import PATIENCE

PNG = saved(picture(), "PNG")


@pytest.fixture
def decoders():
    """The ids of the decoders, of which there is one."""
    images.decode(PNG)
    return sandbox.processes()


def test_a_decoder_is_used_again(decoders):
    images.decode(saved(picture(seed=1), "PNG"))

    assert sandbox.processes() == decoders


def test_a_decoder_that_was_killed_is_replaced_and_leaves_no_zombie(decoders):
    for pid in decoders:
        os.kill(pid, signal.SIGKILL)

    pixels = images.decode(PNG)

    assert pixels.shape == (72, 96, 3)
    assert not set(decoders) & set(sandbox.processes())
    assert not any(psutil.pid_exists(pid) for pid in decoders)


def test_a_decoder_that_is_killed_at_work_is_replaced_and_the_photo_read(decoders):
    slow = saved(picture(4000, 3000), "PNG", compress_level=1)
    found = []
    asking = threading.Thread(target=lambda: found.append(images.decode(slow).shape))

    asking.start()
    os.kill(sandbox.processes()[-1], signal.SIGKILL)
    asking.join(PATIENCE)

    assert found == [(3000, 4000, 3)]


def test_what_takes_too_much_memory_is_refused_and_the_next_photo_is_read():
    too_much = picture(3000, 3000)
    data = saved(too_much.convert("F"), "TIFF", compression="tiff_deflate")
    dear = saved(picture(5000, 5000).convert("F"), "TIFF", compression="tiff_deflate")

    with pytest.raises(ImageRefused, match="time or memory"):
        images.sanitize(dear)

    assert images.decode(data, max_side=500).shape == (500, 500, 3)


def test_a_file_that_was_too_dear_is_refused_at_once_when_it_comes_again():
    dear = saved(picture(5000, 5000, seed=3).convert("F"), "TIFF", compression="tiff_deflate")
    with pytest.raises(ImageRefused):
        images.sanitize(dear)
    decoders = sandbox.processes()
    for pid in decoders:
        os.kill(pid, signal.SIGSTOP)  # so that asking them would have no end

    with pytest.raises(ImageRefused, match="time or memory"):
        images.sanitize(dear)

    for pid in decoders:
        os.kill(pid, signal.SIGCONT)


def test_a_decoder_that_computes_without_end_is_ended_by_the_kernel():
    code = (
        f"import sys; sys.path.insert(0, {sandbox.ROOT!r})\n"
        "from ml.images import decoder; decoder.CPU_SECONDS = 0; decoder._limit_time()\n"
        "while True: pass"
    )

    ended = subprocess.run([sys.executable, "-I", "-c", code], timeout=60)

    assert ended.returncode == -signal.SIGXCPU
    assert decoder.CPU_SECONDS == 2


def test_many_threads_share_few_decoders():
    found = []

    def ask(seed: int) -> None:
        data = saved(picture(300, 200, seed=seed), "PNG")
        found.append(
            np.asarray(picture(300, 200, seed=seed)).tobytes() == images.decode(data).tobytes()
        )

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert found == [True] * 24
    assert len(sandbox.processes()) <= sandbox.AT_ONCE


def test_a_forked_process_starts_decoders_of_its_own(decoders):
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        right = images.decode(PNG).shape == (72, 96, 3) and not set(decoders) & set(
            sandbox.processes()
        )
        os.write(theirs, b"yes" if right else b"no")
        os._exit(0)
    os.close(theirs)

    answer = os.read(ours, 10)
    os.waitpid(child, 0)
    os.close(ours)

    assert answer == b"yes"
    assert images.decode(PNG).shape == (72, 96, 3)
    assert sandbox.processes() == decoders


def test_a_decoder_ends_with_the_process_that_asks():
    code = (
        f"import sys, os; sys.path.insert(0, {sandbox.ROOT!r})\n"
        "from ml import images; from ml.images import sandbox\n"
        "images.decode(sys.stdin.buffer.read())\n"
        "print(*sandbox.processes(), flush=True); os.kill(os.getpid(), 9)"
    )

    asked = subprocess.run(
        [sys.executable, "-c", code], input=PNG, capture_output=True, timeout=3 * PATIENCE
    )

    left = [psutil.Process(int(pid)) for pid in asked.stdout.split() if psutil.pid_exists(int(pid))]
    assert len(asked.stdout.split()) == 1
    assert not psutil.wait_procs(left, timeout=60)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_decoder_knows_nothing_of_the_process_that_asks(decoders):
    with open(f"/proc/{decoders[0]}/environ") as environment:
        names = {entry.split("=")[0] for entry in environment.read().split("\0") if entry}

    assert names <= {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX", "LC_CTYPE"}


def test_the_first_photo_that_needs_a_decoder_starts_it_and_no_other_does():
    code = (
        f"import sys; sys.path.insert(0, {sandbox.ROOT!r})\n"
        "from ml import images; from ml.images import sandbox\n"
        "images.sanitize(sys.stdin.buffer.read()); print(len(sandbox.processes()))"
    )
    for kind, expected in (("JPEG", b"0\n"), ("PNG", b"1\n")):
        data = saved(picture(), kind)
        asked = subprocess.run(
            [sys.executable, "-c", code], input=data, capture_output=True, timeout=3 * PATIENCE
        )
        assert asked.stdout == expected, asked.stderr
