"""How many frames a second are looked at."""

import pytest

from verification.live.pace import Pace


def looked_at(late: list[float], *, seconds: float = 10.0) -> int:
    """At 15 a second, where each look begins so much later than it might, in turns."""
    pace, now, count = Pace(15, 0.0), 0.0, 0
    while now < seconds:
        now += pace.until(now) + late[count % len(late)]
        pace.taken(now)
        count += 1
    return count


@pytest.mark.parametrize("late", [[0.0], [0.004], [0.0, 0.0, 0.03]])
def test_frames_that_come_a_little_late_cost_no_others(late):
    assert looked_at(late) == pytest.approx(150, abs=2)


def test_frames_that_come_much_later_are_not_made_up_for():
    pace = Pace(15, 0.0)
    pace.taken(0.0)

    pace.taken(5.0)

    assert pace.until(5.0) == pytest.approx(0.5 / 15)
    pace.taken(5.04)
    assert pace.until(5.04) > 0.05
