"""The steps of a challenge: which are asked for, and whether a movement is the one asked for."""

import secrets
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ml.live import depth
from ml.live.look import Seen

# Directions are the person's own: their left is the viewer's right, where yaw is positive.
TURNS = {"turn_left": 1.0, "turn_right": -1.0}
MOVES = {"come_closer": 1.4, "move_back": 0.7}  # size at the end, as a share of that at the start
ALL = (*TURNS, *MOVES)

TURNED, BACK = 20.0, 8.0  # degrees of yaw for a turn, and where it has come back
TURNING = 12.0  # from here on a frame shows the turned face
ASTRAY = 25.0  # a head turned so far does not come closer
REACTION = 0.3  # seconds within which nobody answers what they have just read
PATH = 4  # frames, at the least, from the start of a movement to its end
BETWEEN = 1  # of which so many lie between start and end, or it was a jump
TWICE = 2  # a wrong movement counts when two frames in a row show it


def draw(count: int = 3) -> tuple[str, ...]:
    """Steps for a challenge, drawn so that nobody can foresee them.

    Both turns are among them, because depth is measured on both sides; no step follows itself; and nobody
    is asked to come ever closer, or to move ever further back.

    Raises:
        ValueError: fewer than two steps.
    """
    if count < len(TURNS):
        raise ValueError(f"A challenge has at least {len(TURNS)} steps, a turn to each side.")
    while True:
        drawn = tuple(secrets.choice(ALL) for _ in range(count))
        moves = [step for step in drawn if step in MOVES]
        alternating = all(one != other for row in (drawn, moves) for one, other in pairwise(row))
        if alternating and set(TURNS) <= set(drawn):
            return drawn


@dataclass(frozen=True)
class Front:
    """The face from the front, before anything is asked: mean `landmarks` as from `depth.upright`, and
    mean yaw in degrees, which is not 0 for everybody."""

    landmarks: np.ndarray
    yaw: float


@dataclass
class Movement:
    """The answer to one step so far.

    `size` is that of the face when it was asked, `asked` when, in seconds since the session's start.
    `jpeg` is the frame that shows the movement best.
    """

    ask: str
    asked: float
    size: float
    front: Front
    frames: int = 0
    between: int = 0
    reached: float | None = None
    done: bool = False
    extreme: float = 0.0
    jpeg: bytes = b""
    turned: list[depth.Parallax] = field(default_factory=list)
    _astray: int = 0

    def take(self, seen: Seen, jpeg: bytes, elapsed: float) -> str | None:
        """Take the next frame; the reason if the step has failed."""
        yaw = seen.face.quality.yaw - self.front.yaw
        ratio = seen.length / self.size
        if self.ask in TURNS:
            return self._turn(seen, jpeg, elapsed, yaw * TURNS[self.ask])
        return self._move(jpeg, elapsed, yaw, ratio)

    @property
    def depth(self) -> float:
        """The mean parallax of the turned frames, in distances between the eyes."""
        return float(np.mean([row.depth for row in self.turned])) if self.turned else 0.0

    def measured(self) -> dict[str, float]:
        """What the step was decided on, JSON-ready."""
        if self.ask in TURNS:
            numbers = {"yaw": self.extreme, "depth": self.depth}
        else:
            numbers = {"size": self.extreme}
        numbers |= {"frames": self.frames, "reached": (self.reached or 0) - self.asked}
        return {name: round(float(value), 4) for name, value in numbers.items()}

    def _turn(self, seen: Seen, jpeg: bytes, elapsed: float, yaw: float) -> str | None:
        """`yaw` is positive in the direction that was asked for."""
        if self._strays(yaw <= -TURNED):
            return "wrong_way"
        if yaw >= TURNING:
            found = depth.parallax(self.front.landmarks, depth.upright(seen.face.landmarks))
            sign = TURNS[self.ask]
            self.turned.append(depth.Parallax(found.depth * sign, found.width))
        self._note(BACK < yaw < TURNED, yaw > BACK, yaw > self.extreme, yaw, jpeg)
        if self.reached is None and yaw >= TURNED:
            return self._reach(elapsed)
        over = self.reached is not None and yaw <= BACK
        self.done = over and self.frames >= PATH and self.between >= BETWEEN
        return None

    def _move(self, jpeg: bytes, elapsed: float, yaw: float, ratio: float) -> str | None:
        wanted = MOVES[self.ask]
        share = float(np.log(max(ratio, 1e-6)) / np.log(wanted))  # 0 at the start, 1 at the end
        if self._strays(share <= -1 or abs(yaw) >= ASTRAY):
            return "wrong_way"
        self._note(0.15 < share < 1, share > 0.15, share > self._share(), ratio, jpeg)
        if self.reached is None and share >= 1:
            reason = self._reach(elapsed)
            if reason:
                return reason
        self.done = self.reached is not None and self.frames >= PATH and self.between >= BETWEEN
        return None

    def _share(self) -> float:
        wanted = MOVES[self.ask]
        return float(np.log(self.extreme) / np.log(wanted)) if self.extreme else 0.0

    def _note(self, between: bool, moving: bool, further: bool, value: float, jpeg: bytes) -> None:
        self.between += between
        self.frames += moving
        if further:
            self.extreme, self.jpeg = value, jpeg

    def _reach(self, elapsed: float) -> str | None:
        self.reached = elapsed
        return "too_early" if elapsed - self.asked < REACTION else None

    def _strays(self, astray: bool) -> bool:
        self._astray = self._astray + 1 if astray else 0
        return self._astray >= TWICE
