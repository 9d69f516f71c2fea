"""Faces before a camera. Runs in the process that answers frames, on any of its threads; the web process
imports it, too, and must not load a network with it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from . import pairs, serving
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
from .types import ModelIdentity

if TYPE_CHECKING:
    from ml.live.answers import Answer, Face, Result
    from ml.live.challenge import Done
    from ml.live.frames import Kept
    from ml.live.session import Session

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
    "draw_steps",
]


def draw_steps(count: int = 3) -> tuple[str, ...]:
    """Steps for a challenge that nobody can foresee, see `ml.live.steps.draw`. Raises ValueError for
    fewer than two."""
    from ml.live import steps

    return steps.draw(count)


class LiveCamera:
    """The state of one session. One call at a time, on any thread.

    Args:
        started: when the session began; it and every `now` are seconds of the same steady clock.
    """

    def __init__(self, subject: LiveSubject, started: float):
        self._subject, self._started = subject, started
        self._session: Session | None = None
        self._names: dict[UUID, str] = {}  # of those shown so far

    def take(self, jpeg: bytes, captured_ms: int, now: float) -> LiveAnswer:
        """Look at a frame, a JPEG. A bad picture is told by the guidance "unreadable".

        Args:
            captured_ms: when, on the camera's own clock, which starts with the session.

        Raises:
            ArtifactError: there is no model that could be served, or it cannot search a gallery.
            RateUnknown: it has no threshold for this false-match rate.
        """
        verifier = serving.verifier_of_this_thread()
        session = self._of(ModelIdentity(**verifier.model))
        return self._answer(session.take(verifier, jpeg, captured_ms / 1000, now))

    def tick(self, now: float) -> LiveAnswer:
        """Without a frame: is time up? Takes no time worth mentioning."""
        return self._answer(self._of(None).tick(now))

    def finish(self, now: float) -> LiveAnswer:
        """End now, with a result from what is known so far."""
        return self._answer(self._of(None).finish(now))

    def _of(self, model: ModelIdentity | None) -> "Session":
        """The session, with the owner's thresholds if they were measured with this model."""
        if self._session is None:
            from ml.live import judge
            from ml.live.session import Session

            subject = self._subject
            shifts = subject.thresholds.of(model).shifts if model else {}
            known = [
                judge.Known(row.template, row.anchors, photo=not row.key) for row in subject.known
            ]
            session = Session(
                subject.task,
                judge.Subject(known, subject.false_match_rate, shifts, subject.gallery),
                subject.steps,
                subject.seconds,
                self._started,
            )
            if model is None:  # nothing has been looked at yet
                return session
            self._session = session
        return self._session

    def _answer(self, answer: "Answer") -> LiveAnswer:
        self._look_up(face.best.row for face in answer.faces if face.best)
        return LiveAnswer(
            faces=tuple(self._face(face) for face in answer.faces),
            guidance=answer.guidance,
            step=LiveStep(*answer.step[:3], round(answer.step[3], 2)) if answer.step else None,
            progress=answer.progress,
            result=self._result(answer.result) if answer.result else None,
        )

    def _face(self, face: "Face") -> LiveFace:
        left, top, right, bottom = (round(float(side), 4) for side in face.seen.box.clip(0, 1))
        landmarks = tuple((round(float(x), 4), round(float(y), 4)) for x, y in face.seen.landmarks)
        shown = LiveFace(face.track, (left, top, right, bottom), landmarks, face.state)
        if face.best is None:
            return shown
        key, name = self._named(face.best.row)
        probability = round(face.best.decision.probability, 6)
        return replace(shown, key=key, name=name, probability=probability)

    def _look_up(self, rows: Iterable[int]) -> None:
        """Ask for the names of those who have not been named yet, all at once."""
        gallery = self._subject.gallery
        if gallery is not None and self._session is not None:
            ids = {self._session.subject.ids[row] for row in rows} - self._names.keys()
            self._names |= gallery.names(ids) if ids else {}

    def _named(self, row: int) -> tuple[str, str]:
        """Key and name of somebody found; no name for who has just been deleted."""
        if self._subject.gallery is None:
            known = self._subject.known[row]
            return known.key, known.name
        assert self._session is not None
        id = self._session.subject.ids[row]
        return str(id), self._names.get(id, "")

    def _result(self, result: "Result") -> LiveResult:
        self._look_up(row.row for _track, row in result.candidates)
        candidates = tuple(
            LiveCandidate(track, *self._named(row.row), pairs.decision_of(row.decision))
            for track, row in result.candidates
        )
        decision = candidates[0].decision if candidates else None
        if decision and result.outcome == "inconclusive":
            decision = replace(decision, outcome="inconclusive")
        return LiveResult(
            outcome=result.outcome,
            decision=decision,
            key=candidates[0].key if candidates and result.outcome == "match" else "",
            candidates=candidates,
            challenge=result.challenge,
            reasons=result.reasons,
            frames=tuple(_frame(kept) for kept in result.frames),
            evidence=tuple(_evidence(done) for done in result.steps if done.jpeg),
            anchors=tuple(_frame(kept) for kept in result.anchors),
            frames_seen=result.frames_seen,
            frames_used=result.frames_used,
            seconds=result.seconds,
        )


def _frame(kept: "Kept") -> BestFrame:
    return BestFrame(
        jpeg=kept.jpeg,
        face=kept.seen.report,
        embedding=kept.embedding,
        crop=pairs.jpeg(kept.seen.face.chip),
        captured_ms=round(kept.at * 1000),
    )


def _evidence(done: "Done") -> Evidence:
    return Evidence(
        step=done.ask,
        asked_ms=round(done.asked * 1000),
        done_ms=round(done.done * 1000),
        jpeg=done.jpeg,
        measured=done.measured,
    )
