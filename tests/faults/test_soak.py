"""The soak finds what grows, slows down or is lost, and nothing where nothing is."""

import itertools
import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from scripts.soak import figures, page
from scripts.soak.__main__ import _pace, run, soaked_site
from scripts.soak.judge import MEGABYTE, Soak, judge
from scripts.soak.ledger import Ledger
from scripts.soak.load import Load
from scripts.soak.receiver import Receiver
from scripts.soak.watch import Held, Sample
from tests.support.servers import eventually

AN_HOUR = np.arange(0, 3600, 5.0)


@pytest.fixture
def receiver():
    listening = Receiver(fail_every=10)
    yield listening
    listening.close()


def soak_of(receiver: Receiver, memory: np.ndarray) -> Soak:
    """An hour in which one process held so much memory."""
    samples = [
        Sample(at, {"worker": Held(1, int(held), 20, 4, at / 2)}, MEGABYTE, MEGABYTE, 0, at / 4)
        for at, held in zip(AN_HOUR, memory, strict=True)
    ]
    return Soak(Ledger(), receiver, samples, steady=(0.0, 3600.0), asked=3600.0)


def broken(soak: Soak) -> list[str]:
    return [bound.promise for bound in judge(soak) if not bound.kept]


def scatter(scale: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, scale, len(AN_HOUR))


def test_memory_that_only_scatters_is_flat(receiver):
    memory = 100 * MEGABYTE + 3 * MEGABYTE * scatter(1)

    assert broken(soak_of(receiver, memory)) == []


def test_a_leak_that_is_smaller_than_the_scatter_is_found(receiver):
    leak = 10 * MEGABYTE * AN_HOUR / 3600
    memory = 100 * MEGABYTE + 5 * MEGABYTE * scatter(1) + leak

    assert broken(soak_of(receiver, memory)) == ["worker: memory is flat"]


def test_waves_are_no_growth():
    waves = 10 * np.sin(AN_HOUR / 300)

    line = figures.slope(AN_HOUR, 100 + waves)

    assert line.low < 0 < line.high


def test_requests_that_take_longer_in_the_end_are_found(receiver):
    soak = soak_of(receiver, np.full(len(AN_HOUR), 100 * MEGABYTE))
    noise = np.random.default_rng(2).uniform(0.9, 1.1, 2400)
    for number, factor in enumerate(noise):
        due = 3600 * number / len(noise)
        soak.ledger.took(due, "steady", 0.1 * factor)
        soak.ledger.took(due, "slowing", 0.1 * factor * (1 + number / len(noise)))

    found = broken(soak)

    assert found == ["slowing: 95 % are as quick at the end as at the beginning"]


def test_what_was_accepted_and_never_ended_is_lost(receiver):
    soak = soak_of(receiver, np.full(len(AN_HOUR), 100 * MEGABYTE))
    for id in ("a", "b"):
        soak.ledger.accept("verifications", id)
    soak.ledger.end("verifications", "a", "done")

    assert broken(soak) == ["Everything that was accepted ends"]


def test_a_pace_that_the_site_cannot_keep_is_told_and_ends(receiver, monkeypatch):
    soak = soak_of(receiver, np.full(len(AN_HOUR), 100 * MEGABYTE))
    load = Load("http://localhost:9", "a key", soak.ledger)
    stop, due = threading.Event(), itertools.count(1)

    def answered_in_the_end(_due: float) -> None:
        eventually(lambda: soak.ledger.not_begun, "the end")

    def told_of() -> None:
        if next(due) == 100:  # of which 64 have begun: there are as many programs
            stop.set()

    monkeypatch.setattr(load, "_one", answered_in_the_end)
    load.at_a_pace(lambda: 10_000, 3600, stop, told_of)

    assert soak.ledger.not_begun == 36
    assert broken(soak) == ["The site keeps up with the pace"]


def test_an_interrupted_soak_is_told_and_written(receiver, tmp_path):
    soak = Soak(Ledger(), receiver, asked=3600.0, interrupted=True)

    bounds = judge(soak)
    page.write(soak, bounds, tmp_path / "soak.md", share=0.7, machine="a machine")

    assert broken(soak) == ["It lasts as long as was asked"]
    assert "It was interrupted" in (tmp_path / "soak.md").read_text()
    assert {path.name for path in (tmp_path / "images").iterdir()} == {
        "soak-disk.svg", "soak-memory.svg", "soak-times.svg",
    }  # fmt: skip


def test_less_is_asked_for_while_the_machine_itself_is_slower(receiver, monkeypatch):
    soak = soak_of(receiver, np.full(len(AN_HOUR), 100 * MEGABYTE))
    soak.topped, soak.rate = (0.0, 120.0), 12.0
    monkeypatch.setattr(soak.ledger, "now", lambda: 1800.0)

    for slower, asked in ((1.0, 12.0), (1.5, 8.0), (0.75, 16.0)):
        soak.samples = [
            replace(sample, work=0.010 * (slower if sample.at > 1700 else 1.0))
            for sample in soak.samples
        ]
        assert _pace(soak)() == pytest.approx(asked)

    soak.samples = []
    assert _pace(soak)() == 12.0


def test_the_page_says_how_fast_the_machine_itself_was(receiver, tmp_path):
    soak = soak_of(receiver, np.full(len(AN_HOUR), 100 * MEGABYTE))
    soak.samples = [
        replace(sample, work=0.010 if sample.at < 1800 else 0.015) for sample in soak.samples
    ]
    soak.topped, soak.steady = (0.0, 120.0), (600.0, 3600.0)

    page.write(soak, [], tmp_path / "soak.md", share=0.7, machine="a machine")

    told = (tmp_path / "soak.md").read_text()
    assert "10.0 ms while the top rate was measured, 10.0 ms in the first quarter" in told
    assert "15.0 ms in the last" in told


@pytest.mark.slow
@pytest.mark.server
def test_two_minutes_of_load_lose_and_leave_nothing(tmp_path, receiver):
    soak = Soak(Ledger(), receiver)

    with soaked_site(servers=False) as place:
        run(place, soak, minutes=2, share=0.7, stop=threading.Event())

    bounds = judge(soak)
    page.write(soak, bounds, tmp_path / "soak.md", share=0.7, machine=page.machine())
    # How fast, and how large a process becomes in its first minutes, is no matter of two minutes.
    lasting = [b for b in bounds if "memory" not in b.promise and "as quick" not in b.promise]
    assert [(b.promise, b.found) for b in lasting if not b.kept] == []
    assert receiver.failed
    assert json.dumps([vars(b) for b in bounds])
