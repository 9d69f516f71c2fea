"""The same face from frame to frame, by the overlap of its boxes."""

from dataclasses import dataclass

import numpy as np

from ml.live.look import Seen

OVERLAP = 0.2  # intersection over union from which two boxes are of one face
NEAR = 0.6  # or their centres are no further apart than this share of the larger one's side,
ALIKE = 1.6  # and no side is longer by this factor
KEPT = 0.8  # seconds for which a face that is not seen keeps its number


@dataclass
class Track:
    """A face in a row of frames. `number` is never given twice in a session; times in seconds."""

    number: int
    seen: Seen
    at: float
    since: float
    frames: int = 1


class Tracks:
    """The faces in view. Frames are given in the order of their times."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._given = 0

    def boxes(self) -> np.ndarray:
        """Where the faces were last, (n, 4), as in `Seen.box`."""
        return np.array([track.seen.box for track in self._tracks]).reshape(-1, 4)

    def take(self, faces: list[Seen], at: float) -> list[Track]:
        """The tracks of the faces in a frame, in the order of the faces."""
        self._tracks = [track for track in self._tracks if at - track.at <= KEPT]
        free = list(self._tracks)
        taken: dict[int, Track] = {}
        pairs = [
            (closeness, row, track)
            for row, face in enumerate(faces)
            for track in free
            if (closeness := _closeness(face.box, track.seen.box)) > 0
        ]
        for _, row, track in sorted(pairs, key=lambda pair: -pair[0]):
            if row not in taken and track in free:
                free.remove(track)
                taken[row] = track
                track.seen, track.at, track.frames = faces[row], at, track.frames + 1
        for row, face in enumerate(faces):
            if row not in taken:
                self._given += 1
                taken[row] = Track(self._given, face, at, at)
                self._tracks.append(taken[row])
        return [taken[row] for row in range(len(faces))]


def _closeness(one: np.ndarray, other: np.ndarray) -> float:
    """How well two boxes go together, 0 if not at all."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = float(np.prod(np.maximum(0.0, high - low)))
    sides = one[2:] - one[:2], other[2:] - other[:2]
    overlap = shared / max(float(np.prod(sides[0]) + np.prod(sides[1])) - shared, 1e-9)
    if overlap >= OVERLAP:
        return 1 + overlap
    larger, smaller = np.maximum(*sides), np.minimum(*sides)
    apart = float(np.linalg.norm(((one[:2] + one[2:]) - (other[:2] + other[2:])) / 2 / larger))
    alike = bool(np.all(larger <= ALIKE * smaller))
    return 1 - apart if alike and apart <= NEAR else 0.0
