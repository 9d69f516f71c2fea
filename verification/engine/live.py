"""Faces before a camera. Runs in the process that answers frames, on any of its threads."""

from ml.errors import ImageRefused
from ml.live import guidance
from ml.live.look import Seen, look
from ml.live.tracks import Tracks

from . import serving
from .live_types import (
    BestFrame,
    Evidence,
    Known,
    LiveAnswer,
    LiveCandidate,
    LiveFace,
    LiveResult,
    LiveStep,
    LiveSubject,
)

__all__ = [
    "BestFrame",
    "Evidence",
    "Known",
    "LiveAnswer",
    "LiveCamera",
    "LiveCandidate",
    "LiveFace",
    "LiveResult",
    "LiveStep",
    "LiveSubject",
]


class LiveCamera:
    """The state of one session. One call at a time, on any thread.

    Args:
        started: when the session began; it and every `now` are seconds of the same steady clock.
    """

    def __init__(self, subject: LiveSubject, started: float):
        self._subject, self._started = subject, started
        self._tracks, self._guidance = Tracks(), guidance.Guidance()

    def take(self, jpeg: bytes, captured_ms: int, now: float) -> LiveAnswer:
        """Look at a frame. A bad picture is told by the guidance "unreadable".

        Raises:
            ArtifactError: there is no model that could be served.
        """
        verifier = serving.verifier_of_this_thread()
        try:
            faces = look(verifier.finder, jpeg, self._tracks.boxes())
        except ImageRefused:
            return LiveAnswer(guidance=self._guidance.take({"unreadable"}, now))
        tracks = self._tracks.take(faces, now)
        found = guidance.causes(faces[0], self._guidance.shown) if faces else {"no_face"}
        if self._subject.task != "identify" and guidance.second_face(faces):
            found.add("one_person_only")
        return LiveAnswer(
            faces=tuple(
                _face(seen, track.number) for seen, track in zip(faces, tracks, strict=True)
            ),
            guidance=self._guidance.take(found, now),
        )

    def tick(self, now: float) -> LiveAnswer:
        """Without a frame: is time up?"""
        return LiveAnswer()


def _face(seen: Seen, track: int) -> LiveFace:
    left, top, right, bottom = (round(float(value), 4) for value in seen.box)
    landmarks = tuple((round(float(x), 4), round(float(y), 4)) for x, y in seen.landmarks)
    return LiveFace(track, (left, top, right, bottom), landmarks)
