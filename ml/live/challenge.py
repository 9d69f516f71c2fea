"""A challenge: random steps, each checked as it is done, by one face with depth, in time.

It deters printed photos and stills on a screen. A film that shows the right movements in the right order,
a mask or a made-up camera may pass: this is no certified presentation attack detection.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.decision.head import Decision
from ml.live import depth, guidance
from ml.live.look import Seen
from ml.live.steps import TURNING, TURNS, Front, Movement

STEP_SECONDS, ALL_SECONDS = 5.0, 16.0
FRONT_FRAMES, FRONT_SECONDS = 5, 0.5  # of a still face, before the first step
STILL = 4.0  # degrees of yaw within which it stays
LOST, LOST_TURNED, LOST_FRAMES = 0.5, 1.0, 2  # seconds and frames without the face
SECOND_FACE = 2  # frames with one
STRANGE = 2  # frames with another face
CHECKED = 0.2  # seconds between the frames whose face is compared
FACING = 18.0  # degrees of yaw within which the face must match; beyond it must not be another
# The most that a face moves from one frame to the next, and in a second: degrees, sides of the face, and
# the logarithm of its size.
SPEEDS = {"yaw": (22.0, 250.0), "way": (0.6, 4.0), "size": (0.2, 1.5)}
LONGEST = 0.5  # seconds between frames of which that is asked
# Mean parallax of both sides, and of each, in distances between the eyes. Heads turned by 20 degrees
# show 0.12 or more, flat pictures at any angle less than 0.09; see docs/live-accuracy.md.
DEEP, DEEP_EACH = 0.11, 0.07


@dataclass(frozen=True)
class Done:
    """A step that is over: what was asked, from when to when in seconds, and what was measured."""

    ask: str
    asked: float
    done: float
    jpeg: bytes
    measured: dict[str, float]


@dataclass(frozen=True)
class _Before:
    """What the frame before showed."""

    seen: Seen
    at: float


class Challenge:
    """The challenge of a session. Times in seconds since the session's start.

    Args:
        steps: what to ask for, in this order.
        same: whether two embeddings are of one face.
    """

    def __init__(self, steps: Sequence[str], same: Callable[[np.ndarray, np.ndarray], Decision]):
        self.steps = tuple(steps)
        self.same = same
        self.state = "not_done" if steps else "not_asked"
        self.reason = ""
        self.done: list[Done] = []
        self.movement: Movement | None = None
        self._front: list[tuple[float, Seen]] = []
        self._begun = 0.0
        self._movements: list[Movement] = []
        self._before: _Before | None = None
        self._missed = self._rivals = self._strange = 0
        self._checked = -1.0
        self._reference: np.ndarray | None = None

    @property
    def running(self) -> bool:
        return self.movement is not None and self.state == "not_done"

    @property
    def over(self) -> bool:
        return self.state in ("passed", "failed", "not_asked")

    def seconds_left(self, elapsed: float) -> float:
        assert self.movement is not None
        step = STEP_SECONDS - (elapsed - self.movement.asked)
        return max(min(step, ALL_SECONDS - (elapsed - self._begun)), 0.0)

    def fail(self, reason: str, elapsed: float) -> None:
        """End the challenge for this reason, if it has begun."""
        if not self.running:
            return
        assert self.movement is not None
        self.state, self.reason = "failed", reason
        self._close(self.movement, elapsed)

    def wants_embedding(self, seen: Seen, at: float) -> bool:
        """Whether the face of this frame should be compared with the one at the start."""
        return self.running and at - self._checked >= CHECKED and seen.face.problem is None

    def tick(self, elapsed: float) -> None:
        """Fail if time is up."""
        if self.running and self.seconds_left(elapsed) <= 0:
            self.fail("too_late", elapsed)

    def wait(self, seen: Seen, at: float, elapsed: float, reference: np.ndarray | None) -> None:
        """Take a frame before the first step: it is asked once the face is still, from the front.

        Args:
            reference: the mean embedding of the frames so far, None if there are too few.
        """
        calm = not guidance.causes(seen) & {
            "face_cut_off", "come_closer", "move_back", "too_dark", "too_bright", "look_at_the_camera",
        }  # fmt: skip
        self._front = [*self._front, (at, seen)][-12:] if calm else []
        recent = [row for time, row in self._front if at - time <= 2 * FRONT_SECONDS]
        if (
            reference is None
            or len(recent) < FRONT_FRAMES
            or at - self._front[0][0] < FRONT_SECONDS
        ):
            return
        yaws = [row.face.quality.yaw for row in recent]
        if max(yaws) - min(yaws) > STILL:
            return
        shape = np.mean([depth.upright(row.face.landmarks) for row in recent], axis=0)
        self._reference, self._begun = reference, elapsed
        self._before = _Before(seen, at)
        self._ask(seen, Front(shape, float(np.mean(yaws))), elapsed)

    def take(
        self,
        faces: list[Seen],
        jpeg: bytes,
        at: float,
        elapsed: float,
        embedding: np.ndarray | None = None,
    ) -> None:
        """Take a frame while the steps are asked.

        Args:
            faces: the largest first; none if no face was seen.
            at: when the frame was captured. elapsed: when it arrived.
            embedding: of the first face, if `wants_embedding`.
        """
        if not self.running:
            return
        assert self.movement is not None
        # A step that nobody begins has a picture too.
        self.movement.jpeg = self.movement.jpeg or jpeg
        if not faces:
            self._miss(at, elapsed)
            return
        seen, self._missed = faces[0], 0
        self._rivals = self._rivals + 1 if guidance.second_face(faces) else 0
        if self._rivals >= SECOND_FACE:
            self.fail("second_face", elapsed)
            return
        if self._jumped(seen, at):
            self.fail("jumped", elapsed)
            return
        if self._away(at):
            self.fail("lost_face", elapsed)
            return
        self._before = _Before(seen, at)
        if embedding is not None and self._another(seen, embedding, at):
            self.fail("another_face", elapsed)
            return
        if reason := self.movement.take(seen, jpeg, elapsed):
            self.fail(reason, elapsed)
        elif self.movement.done:
            self._next(seen, elapsed)
        else:
            self.tick(elapsed)

    def _ask(self, seen: Seen, front: Front, elapsed: float) -> None:
        ask = self.steps[len(self.done)]
        self.movement = Movement(ask, elapsed, seen.length, front)

    def _next(self, seen: Seen, elapsed: float) -> None:
        assert self.movement is not None
        front = self.movement.front
        self._movements.append(self.movement)
        self._close(self.movement, elapsed)
        if len(self.done) < len(self.steps):
            self._ask(seen, front, elapsed)
        elif self._flat():
            self.state, self.reason = "failed", "flat"
        else:
            self.state = "passed"

    def _close(self, movement: Movement, elapsed: float) -> None:
        self.done.append(
            Done(movement.ask, movement.asked, elapsed, movement.jpeg, movement.measured())
        )

    def _flat(self) -> bool:
        """Whether the turns showed too little depth; a challenge without a turn shows none."""
        turns: dict[str, list[float]] = {}
        for movement in self._movements:
            if movement.ask in TURNS:
                turns.setdefault(movement.ask, []).append(movement.depth)
        sides = [float(np.mean(values)) for values in turns.values()]
        return not sides or min(sides) < DEEP_EACH or float(np.mean(sides)) < DEEP

    def _miss(self, at: float, elapsed: float) -> None:
        self._missed += 1
        if self._missed >= LOST_FRAMES and self._away(at):
            self.fail("lost_face", elapsed)
        else:
            self.tick(elapsed)

    def _away(self, at: float) -> bool:
        """Whether the face was away for too long; far to the side it is easily lost for a moment."""
        assert self._before is not None
        assert self.movement is not None
        yaw = self._before.seen.face.quality.yaw - self.movement.front.yaw
        turned = self.movement.ask in TURNS and abs(yaw) > TURNING
        return at - self._before.at > (LOST_TURNED if turned else LOST)

    def _jumped(self, seen: Seen, at: float) -> bool:
        """Whether the face is where no face could have moved since the frame before."""
        assert self._before is not None
        before, passed = self._before.seen, at - self._before.at
        if passed > LONGEST:
            return False
        # In shares of the frame's width, for the frames of a session may have several sizes.
        boxes = [row.face.box / row.width for row in (before, seen)]
        centres = [(box[:2] + box[2:]) / 2 for box in boxes]
        side = float(np.sqrt(np.prod(boxes[0][2:] - boxes[0][:2])))
        moved = {
            "yaw": abs(seen.face.quality.yaw - before.face.quality.yaw),
            "way": float(np.linalg.norm(centres[1] - centres[0])) / side,
            "size": abs(float(np.log(seen.length / before.length))),
        }
        return any(
            value > SPEEDS[name][0] + SPEEDS[name][1] * passed for name, value in moved.items()
        )

    def _another(self, seen: Seen, embedding: np.ndarray, at: float) -> bool:
        assert self._reference is not None
        assert self.movement is not None
        self._checked = at
        outcome = self.same(self._reference, embedding).outcome
        facing = abs(seen.face.quality.yaw - self.movement.front.yaw) <= FACING
        strange = outcome != "match" if facing else outcome == "no_match"
        self._strange = self._strange + 1 if strange else 0
        return self._strange >= STRANGE
