"""Several frames of one person, taken together.

Frames a tenth of a second apart are near copies of each other, so that their scores must not be added up
as if they were independent. Only frames count that differ, in time or in pose; their embeddings are
averaged, weighted by quality and size, and the mean is decided on like the embedding of one photo, with the
score that its frames have on average: the mean of different photos is more like everybody than each of them.
docs/live-accuracy.md has what that does to the error rates.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.decision.gallery import Candidate
from ml.decision.head import Head
from ml.live import guidance
from ml.live.look import Seen

APART, TURNED = 0.25, 5.0  # seconds or degrees between frames that count
SOONEST = 0.1  # seconds between two that differ in pose
STEADY = 30.0  # degrees of yaw and pitch within which a frame counts
POOR = 0.15  # overall quality below which a frame does not count, unless there is no better
AGREE, SPAN = 5, 1.5  # frames, and seconds from first to last, for a decision
EARLY, EARLY_SPAN, SURE = 3, 0.6, 0.999  # the same for a match of which there is no doubt
KEPT = 3  # best frames
MOST = 60  # frames that count; more would add nothing


@dataclass(frozen=True)
class Kept:
    """A frame worth keeping, with the face's embedding (d,); `at` is its time in seconds."""

    jpeg: bytes
    seen: Seen
    embedding: np.ndarray
    at: float

    @property
    def weight(self) -> float:
        return weight(self.seen)


def weight(seen: Seen) -> float:
    """How much a frame counts: by quality, and by size up to a face that is large enough."""
    size = min(seen.side / guidance.NEAR_ENOUGH, 1.0)
    return max(seen.face.quality.overall, POOR) * size**2


def usable(seen: Seen) -> bool:
    """Whether a face is good enough to decide on."""
    quality = seen.face.quality
    return (
        seen.face.problem is None
        and max(abs(quality.yaw), abs(quality.pitch)) <= STEADY
        and quality.overall >= POOR
    )


class Frames:
    """The frames of one track."""

    def __init__(self) -> None:
        self.best: list[Kept] = []
        self.count = 0
        self.first = self.last = 0.0
        self.peak = 0.0  # the largest area of the face
        self._embeddings: list[np.ndarray] = []
        self._weights: list[float] = []
        self._poses: list[tuple[float, float]] = []
        self._conditions: Counter[str] = Counter()

    @property
    def span(self) -> float:
        """Seconds from the first to the last."""
        return self.last - self.first

    @property
    def average(self) -> np.ndarray:
        """The weighted mean embedding (d,). There must be a frame."""
        return np.average(self._embeddings, axis=0, weights=self._weights).astype(np.float32)

    @property
    def mean(self) -> np.ndarray:
        """The same, of unit length."""
        average = self.average
        return (average / max(float(np.linalg.norm(average)), 1e-6)).astype(np.float32)

    def surplus(self, head: Head) -> float:
        """How much higher the average scores than its frames do on average, in logits.

        Against any other embedding, as long as the neuron takes squared differences: the variance of the
        frames, weighted as the neuron weighs it. 0 for copies.
        """
        average = self.average
        each = np.average(head.logits(np.array(self._embeddings), average), weights=self._weights)
        return max(float(head.logits(average, average)) - float(each), 0.0)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that most of the frames have."""
        return tuple(name for name, times in self._conditions.items() if times * 2 > self.count)

    def differs(self, seen: Seen, at: float) -> bool:
        """Whether a frame adds anything to those that count."""
        if not self.count:
            return True
        if at - self.last >= APART:
            return self.count < MOST
        pose = seen.face.quality.yaw, seen.face.quality.pitch
        away = min(max(abs(pose[0] - yaw), abs(pose[1] - pitch)) for yaw, pitch in self._poses)
        return at - self.last >= SOONEST and away >= TURNED and self.count < MOST

    def add(self, kept: Kept) -> None:
        quality = kept.seen.face.quality
        if not self.count:
            self.first = kept.at
        self._embeddings.append(kept.embedding)
        self._weights.append(kept.weight)
        self.count, self.last = self.count + 1, kept.at
        self.peak = max(self.peak, kept.seen.area)
        self._poses = [*self._poses, (quality.yaw, quality.pitch)][-10:]
        self._conditions.update(kept.seen.face.conditions)
        self.best = sorted([*self.best, kept], key=lambda row: -row.weight)[:KEPT]


@dataclass
class Verdict:
    """What is known of a track: the candidates as of the last frame, and whether that is settled."""

    candidates: list[Candidate]
    settled: bool = False

    @property
    def outcome(self) -> str:
        """Of the best candidate; of nobody known it is "no_match"."""
        return self.candidates[0].decision.outcome if self.candidates else "no_match"


def judge(frames: Frames, decide: Callable[[np.ndarray], list[Candidate]]) -> Verdict:
    """Decide on the frames so far.

    Settled is a match or no match on five frames over a second and a half, or a match on three frames
    that leave no doubt; until then more frames may change it. There is no such way to a no match: the
    first frames of a film are often its worst.
    """
    verdict = Verdict(decide(frames.average))
    if verdict.outcome == "inconclusive":
        return verdict
    enough = frames.count >= AGREE and frames.span >= SPAN
    early = (
        verdict.outcome == "match"
        and verdict.candidates[0].decision.probability >= SURE
        and frames.count >= EARLY
        and frames.span >= EARLY_SPAN
    )
    verdict.settled = enough or early
    return verdict
