"""How somebody who holds still, and does what is asked, moves before a camera."""

import bisect
from dataclasses import dataclass, replace

import numpy as np

from ml.evaluation.live.render import Pose

NEAR, FAR = 300.0, 900.0  # millimetres: nobody comes nearer or goes further
TURNS = {"turn_left": 1.0, "turn_right": -1.0}  # the sign of the yaw in the picture
MOVES = {"come_closer": 1 / 1.6, "move_back": 1.6}  # what the distance is multiplied by
STRAIGHT = Pose()


@dataclass(frozen=True)
class Habits:
    """How a person answers: seconds until they begin, for a turn one way and for a move, held at
    its end; `angle` is that of a turn in degrees."""

    reaction: float = 0.6
    turning: float = 0.7
    moving: float = 1.1
    held: float = 0.3
    angle: float = 25.0

    @classmethod
    def drawn(cls, rng: np.random.Generator, *, angle: tuple[float, float] = (21, 29)) -> "Habits":
        return cls(
            reaction=rng.uniform(0.4, 0.9),
            turning=rng.uniform(0.5, 0.9),
            moving=rng.uniform(0.8, 1.3),
            held=rng.uniform(0.2, 0.5),
            angle=rng.uniform(*angle),
        )


@dataclass(frozen=True)
class _Moved:
    """A movement from the time `start` on; `sign` of a turn, or `factor` of the distance."""

    start: float
    sign: float = 0.0
    factor: float = 1.0


class Motion:
    """Where somebody is at each time, given what they were asked for and when.

    Args:
        start: the pose before anything is asked.
    """

    def __init__(self, rng: np.random.Generator, habits: Habits, start: Pose = STRAIGHT):
        self._habits = habits
        self._start = start
        self._moves: list[_Moved] = []
        # Nobody holds still: each coordinate sways slowly.
        self._sway = [
            (rng.uniform(0.15, 0.5, 3), rng.uniform(0, 2 * np.pi, 3), rng.uniform(0.3, 1.0, 3))
            for _ in range(6)
        ]

    def ask(self, step: str, at: float) -> None:
        """Somebody asks for a step at this time, in seconds."""
        start = at + self._habits.reaction
        move = _Moved(start, TURNS.get(step, 0.0), MOVES.get(step, 1.0))
        bisect.insort(self._moves, move, key=lambda row: row.start)

    def pose(self, at: float) -> Pose:
        """Where they are at this time, in seconds."""
        habits, yaw, distance = self._habits, self._start.yaw, self._start.distance
        for move in self._moves:
            passed = at - move.start
            if move.sign:
                back = passed - habits.turning - habits.held
                share = _eased(passed / habits.turning) - _eased(back / habits.turning)
                yaw += move.sign * habits.angle * share
            else:
                distance *= move.factor ** _eased(passed / habits.moving)
        sways = [
            float((size * np.sin(2 * np.pi * f * at + phase)).sum())
            for f, phase, size in self._sway
        ]
        return replace(
            self._start,
            yaw=yaw + sways[0],
            pitch=self._start.pitch + sways[1],
            roll=self._start.roll + sways[2],
            distance=float(np.clip(distance + 4 * sways[3], NEAR, FAR)),
            x=self._start.x + 3 * sways[4],
            y=self._start.y + 3 * sways[5],
        )


def _eased(share: float) -> float:
    """From 0 to 1 with a gentle start and end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
