"""Plays a scene, or a film, to a session, as a browser would."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ml.evaluation.live.camera import Scene
from ml.live.session import Result, Session
from ml.serving.verifier import Verifier

PER_SECOND = 12.0  # frames
DELAY = 0.06  # seconds from a frame's capture until it is answered


@dataclass(frozen=True)
class Frame:
    """A frame as JPEG, and when it was captured, in seconds."""

    jpeg: bytes
    at: float


def perform(
    session: Session,
    verifier: Verifier,
    scene: Scene,
    *,
    per_second: float = PER_SECOND,
    keep: Callable[[Frame], None] = lambda frame: None,
) -> Result:
    """Let the actors of a scene answer what a session asks for, until it ends.

    Args:
        session: one that started at the time 0.
        keep: called with each frame.
    """
    asked, number = 0, 0
    while True:
        at = number / per_second
        frame = Frame(scene.frame(at), at)
        keep(frame)
        answer = session.take(verifier, frame.jpeg, at, at + DELAY)
        if answer.result:
            return answer.result
        if answer.step and answer.step[0] != asked:
            asked = answer.step[0]
            scene.ask(answer.step[2], at + DELAY)
        number += 1


def show(session: Session, verifier: Verifier, frames: Iterable[Frame]) -> Result:
    """Show a film to a session, whatever it asks for."""
    last = 0.0
    for frame in frames:
        last = frame.at
        answer = session.take(verifier, frame.jpeg, last, last + DELAY)
        if answer.result:
            return answer.result
    result = session.finish(last + DELAY).result
    assert result is not None
    return result
