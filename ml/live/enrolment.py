"""Photos of a person for a gallery: five good and different frames from one take of some ten seconds.

A person is asked to look ahead, to turn a little to both sides, to come closer and to move back. Nobody has
to: what is not done is left after a moment, and another good frame serves instead.
"""

from dataclasses import dataclass

from ml.live import guidance
from ml.live.frames import Kept, usable
from ml.live.look import Seen

ASKS = ("", "turn_left", "turn_right", "come_closer", "move_back")
PATIENCE = 2.5  # seconds for each
APART = 0.4  # seconds between two anchors
LATER = 1.2  # seconds that make a frame different without a movement
LITTLE, MUCH = 9.0, 28.0  # degrees of a turn, to one side
LARGER, SMALLER = 1.12, 0.9  # size, as a share of the size at the start


@dataclass
class Take:
    """The anchors taken so far. Times in seconds since the session's start."""

    anchors: list[Kept]
    since: float = 0.0
    size: float = 0.0
    yaw: float = 0.0

    @property
    def number(self) -> int:
        return len(self.anchors)

    @property
    def done(self) -> bool:
        return self.number >= len(ASKS)

    @property
    def ask(self) -> str:
        return "" if self.done else ASKS[self.number]

    def wants(self, seen: Seen, at: float, jpeg: bytes) -> bool:
        """Whether this frame would be the next anchor. The same picture once more, as a film gives that is
        played again, is none."""
        if self.done or not usable(seen) or any(jpeg == kept.jpeg for kept in self.anchors):
            return False
        causes = guidance.causes(seen)
        if causes & {"face_cut_off", "too_dark", "too_bright", "blurred"}:
            return False
        if not self.anchors:
            return not causes
        if at - self.anchors[-1].at < APART:
            return False
        return self._answers(seen) or (at - self.since >= PATIENCE and self._differs(at))

    def add(self, kept: Kept) -> None:
        if not self.anchors:
            self.size = kept.seen.length
            self.yaw = kept.seen.face.quality.yaw
        self.anchors.append(kept)
        self.since = kept.at

    def _answers(self, seen: Seen) -> bool:
        yaw = seen.face.quality.yaw - self.yaw
        size = seen.length / self.size
        return {
            "turn_left": LITTLE <= yaw <= MUCH,
            "turn_right": LITTLE <= -yaw <= MUCH,
            "come_closer": size >= LARGER,
            "move_back": size <= SMALLER,
        }[self.ask]

    def _differs(self, at: float) -> bool:
        return at - self.anchors[-1].at >= LATER
