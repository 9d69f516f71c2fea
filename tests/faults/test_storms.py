"""Whatever is killed, and whenever: each comparison that was accepted has its verdict, once."""

from typing import Any

import pytest

from tests.faults.storm import Outcome, storm

EVERY = [
    pytest.param(False, False, id="embedded queue, SQLite"),
    pytest.param(False, True, id="embedded queue, PostgreSQL", marks=pytest.mark.postgres),
    pytest.param(True, False, id="Redis, SQLite", marks=pytest.mark.redis),
    pytest.param(
        True, True, id="Redis, PostgreSQL", marks=[pytest.mark.redis, pytest.mark.postgres]
    ),
]


def nothing_is_lost(outcome: Outcome) -> None:
    told: dict[str, Any] = vars(outcome)
    assert outcome.accepted == outcome.submitted, told
    assert (outcome.lost, outcome.doubled) == (0, 0), told
    assert (outcome.rows_without_files, outcome.folders_without_row) == (0, 0), told
    assert outcome.faults == {}, told
    assert outcome.most_messages <= outcome.submitted, told


@pytest.mark.slow
@pytest.mark.server
def test_processes_are_killed_at_random(tmp_path):
    with storm(tmp_path, seed=4) as raging:
        nothing_is_lost(raging.rage(submissions=12, kills=8))


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize(("redis", "postgres"), EVERY)
def test_processes_and_servers_are_killed_at_random_many_times(tmp_path, redis, postgres):
    with storm(tmp_path, seed=3, redis=redis, postgres=postgres) as raging:
        outcome = raging.rage(submissions=100, kills=55)
    print(vars(outcome))
    nothing_is_lost(outcome)
