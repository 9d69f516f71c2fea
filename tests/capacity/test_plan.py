"""Machines and walls, by hand."""

import os

import pytest

from scripts.capacity.__main__ import main
from scripts.capacity.measured import Limits, Measured, Service, Written
from scripts.capacity.plan import Assumptions, history_bytes, plan, told, walls
from tests.support.servers import ROOT

MEASURED = Measured(
    machine={"model": "duo"},
    service=Service(
        receive=15, answer=5, main=2, worker_alone=60, worker_busy=48, database=7, redis=0.5,
        client=1, web_wait=0, worker_wait=0,
    ),
    written=Written(
        statements=20, commits=5, wal_bytes=10_000, wal_records=50, database_bytes=2000,
        redis_commands=10, redis_bytes=1000, objects=4, object_bytes=100_000, objects_read=2,
        request_bytes=50_000, answer_bytes=2000,
    ),
    limits=Limits(commits=1000, wal_bytes=1e8, files=800, redis_commands=50_000),
    connections={"web": 16, "worker": 1},
    runs=[],
)  # fmt: skip


def test_a_rate_is_carried_by_processors_that_are_used_to_seventy_percent():
    found = plan(MEASURED, 100, machine=8)

    assert found.web == 3  # 100 x 20 ms = 2 processors, at 70 %
    assert found.workers == 8  # 100 x 53.5 ms: 3.5 of them for the database
    assert found.patient == 37  # each holds a child for 200 ms more: two files at a time
    assert found.machines == 2  # 7 / 0.7 = 10 processors
    assert found.database == 1
    assert found.redis == pytest.approx(0.05)
    assert found.sites == 1
    assert found.mega_bits == pytest.approx(40)
    assert found.processor_seconds == pytest.approx(0.0775)


def test_a_hundred_times_the_rate_takes_a_hundred_times_the_machines():
    few, many = plan(MEASURED, 110, machine=8), plan(MEASURED, 11_000, machine=8)

    assert (few.machines, many.machines) == (2, 138)
    assert (few.workers, many.workers) == (9, 841)
    assert many.sites == 8  # 5.5 processors of Redis, which uses one, at 70 %; 110 of PostgreSQL


def test_walls_stand_where_seventy_percent_of_a_limit_is_used():
    found = {wall.name: wall.per_second for wall in walls(MEASURED)}

    assert found["processors of PostgreSQL"] == pytest.approx(0.7 * 32 * 1000 / 7)
    assert found["commits of PostgreSQL"] == pytest.approx(0.7 * 1000 / 5)
    assert found["WAL of PostgreSQL"] == pytest.approx(0.7 * 1e8 / 10_000)
    assert found["Redis"] == pytest.approx(0.7 * 2000)
    assert found["files of a shared folder"] == pytest.approx(0.7 * 800 / 4)
    assert found["requests of S3, of one account"] == pytest.approx(0.7 * 3500 / 4)
    assert found["network of the proxy"] == pytest.approx(0.7 * 10e9 / 8 / 50_000)
    assert list(found.values()) == sorted(found.values())


def test_a_wall_moves_with_what_is_assumed():
    usual, larger = (
        next(w for w in walls(MEASURED, assumed=assumed) if w.name == "processors of PostgreSQL")
        for assumed in (Assumptions(), Assumptions(database_processors=64))
    )

    assert larger.per_second == pytest.approx(2 * usual.per_second)


def test_a_plan_tells_which_walls_are_reached_and_what_moves_the_first_two():
    few, many = (told(plan(MEASURED, rate), walls(MEASURED)) for rate in (1, 10_000))

    assert "None of them is reached" in few
    assert few.count("moved by") == 2
    assert many.count("moved by") == sum(wall.per_second < 10_000 for wall in walls(MEASURED))
    assert "moved by PgBouncer" in many


def test_history_grows_with_rate_and_days():
    assert history_bytes(MEASURED, 1, 30) == (86_400 * 30 * 100_000, 86_400 * 30 * 2000)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "--per-second", "0"], "above 0"),
        (["simulate", "--workers", "none"], "invalid"),
        (["simulate", "--arrivals", "README.md"], "one number of seconds a line"),
        (["simulate", "--arrivals", os.devnull], "two moments at least"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_reason(words, said, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sys.argv", ["capacity", *words])

    with pytest.raises(SystemExit) as refused:
        main()

    assert said in f"{refused.value.code} {capsys.readouterr().err}"
