"""Damaged files by the thousand, and files made to be dear: a photo or a refusal, in time and within
memory."""

import os
import sys
import time
from collections import Counter

import numpy as np
import psutil
import pytest

from ml import images
from ml.errors import ImageRefused
from ml.images import sandbox
from tests.support.image_files import bombs, every_format, large_pictures, mutated

SAMPLE, MANY = 1_200, 20_000
SECONDS, MEGABYTES = 3.0, 300
CODES = {
    *("image_empty", "image_unreadable", "image_truncated", "image_too_large", "image_too_small"),
    *("unsupported_format", "animated_image"),
}
FORMATS = every_format()


def cleaned(data: bytes) -> str:
    """What becomes of a file, `read` or the refusal's code."""
    try:
        kept = images.sanitize(data)
    except ImageRefused as refusal:
        assert refusal.detail.endswith(".") and refusal.remedy.endswith(".")
        return refusal.code
    pixels = images.decode(kept, max_side=1000)
    assert pixels.dtype == np.uint8 and pixels.shape[2] == 3
    assert b"secret" not in kept
    return "read"


def processor_seconds() -> float:
    """Of this process and of its decoders."""
    total = sum(os.times()[:2])
    for pid in sandbox.processes():
        total += sum(psutil.Process(pid).cpu_times()[:2])
    return total


def peak_megabytes() -> float:
    """The most memory that one of the decoders had."""
    if sys.platform != "linux":
        pytest.skip("The peak of another process is read from /proc.")
    peak = 0
    for pid in sandbox.processes():
        with open(f"/proc/{pid}/status") as status:
            peak = max(peak, *(int(row.split()[1]) for row in status if row.startswith("VmHWM")))
    return peak / 1024


def fuzz(count: int, seed: int) -> Counter:
    rng, names = np.random.default_rng(seed), list(FORMATS)
    found: Counter[str] = Counter()
    for number in range(count):
        data = mutated(FORMATS[names[number % len(names)]], rng)
        started = time.process_time()
        found[cleaned(data)] += 1
        assert time.process_time() - started < SECONDS, (seed, number)
    return found


def test_a_sample_of_damaged_files_of_every_format_is_read_or_refused():
    found = fuzz(SAMPLE, seed=14)

    assert found.keys() <= CODES | {"read"}
    assert found["read"] > SAMPLE / 10 and found["image_unreadable"] > SAMPLE / 10
    assert peak_megabytes() < MEGABYTES


@pytest.mark.slow
def test_twenty_thousand_damaged_files_are_read_or_refused():
    found = fuzz(MANY, seed=1)

    print(dict(found))
    assert found.keys() <= CODES | {"read"}
    assert peak_megabytes() < MEGABYTES


def assert_cheap(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        assert len(data) <= images.MAX_BYTES, name
        before, decoders = processor_seconds(), set(sandbox.processes())

        found = cleaned(data)

        assert found in CODES | {"read"}, name
        if decoders <= set(sandbox.processes()):  # else one was ended by its own limit
            assert processor_seconds() - before < SECONDS, name
        assert peak_megabytes() < MEGABYTES, name


def test_files_of_very_many_parts_are_read_or_refused_in_time_and_within_memory():
    assert_cheap(bombs())


@pytest.mark.slow
def test_the_largest_pictures_of_all_formats_are_read_or_refused_in_time_and_within_memory():
    assert_cheap(large_pictures())
