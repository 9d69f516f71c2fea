"""One session before a camera: frames in, what to show out, and at the end a result.

A session is for one of three tasks. "verify": is the person in front of the camera the one known person?
"identify": who of those known is each person in view? "enrol": photos for a gallery of whoever is there.
"""

import numpy as np

from ml.decision.gallery import Candidate
from ml.decision.head import Decision
from ml.errors import ImageRefused
from ml.live import guidance
from ml.live.answers import Answer, Face, Person, Result
from ml.live.challenge import Challenge
from ml.live.enrolment import Take
from ml.live.frames import Kept, judge, usable
from ml.live.judge import Judge, Subject
from ml.live.look import Seen, look
from ml.live.tracks import Track, Tracks
from ml.serving.verifier import Verifier

EMBEDDED = 2  # faces of a frame, at most
REFERENCE = 3  # frames behind the embedding that a challenge compares with
SMALL_SEARCH = 1.0  # seconds between searches for small faces, where everyone in view is named
SETTLED = 5.0  # seconds for which everyone in view has been named, before a session ends by itself
# Seconds by which a camera's clock may run ahead of what has passed here since its first frames, of
# which the fastest tells how long a frame takes.
AHEAD, FIRST_FRAMES = 2.0, 5
FOUND = 10  # candidates
MOST_PEOPLE = 20  # whose frames are kept; of more, the one that was seen longest ago is forgotten


class Session:
    """The state of a session. Frames are given one after the other, each with the thread's own Verifier.

    Args:
        steps: of the challenge; none for no challenge.
        seconds: after which it ends.
        started: every `now` is on the same clock, in seconds.
    """

    def __init__(
        self, task: str, subject: Subject, steps: tuple[str, ...], seconds: float, started: float
    ):
        self.task, self.subject, self.seconds = task, subject, seconds
        self.result: Result | None = None
        self._started = started
        self._tracks, self._guidance = Tracks(), guidance.Guidance()
        self._people: dict[int, Person] = {}
        self._challenge = Challenge(steps, self._same)
        self._take = Take([])
        self._judge: Judge | None = None
        self._meant = 0  # the track of the person meant
        self._at, self._timed = -1.0, 0  # the last frame's capture time; how many were timed
        self._lag = float("inf")
        self._searched = self._centre_at = -9.0
        self._centre: np.ndarray | None = None
        self._settled_since: float | None = None
        self._seen = self._used = 0

    def take(self, verifier: Verifier, jpeg: bytes, captured: float, now: float) -> Answer:
        """Look at a frame.

        Args:
            captured: when, in seconds on the camera's own clock, which starts with the session.
        """
        if self.result:
            return self._answer([], now)
        elapsed = now - self._started
        self._judge = Judge(verifier, self.subject)
        self._seen += 1
        if not self._in_time(captured, elapsed):
            return self._after([], elapsed, now)
        try:
            faces = look(verifier.finder, jpeg, self._tracks.boxes(), thorough=self._thorough())
        except ImageRefused:
            self._guidance.take({"unreadable"}, elapsed)
            return self._after([], elapsed, now)
        tracks = self._tracks.take(faces, self._at)
        if self.task == "identify" and not self._challenge.steps:
            self._everyone(verifier, faces, tracks, jpeg)
        else:
            self._one(verifier, faces, tracks, jpeg, elapsed)
        self._guide(faces, elapsed)
        shown = [self._face(seen, track) for seen, track in zip(faces, tracks, strict=True)]
        return self._after(shown, elapsed, now)

    def tick(self, now: float) -> Answer:
        """Without a frame: time may be up."""
        return self._after([], now - self._started, now)

    def finish(self, now: float) -> Answer:
        """End now, with what is known."""
        if not self.result:
            self._end(now - self._started)
        return self._answer([], now)

    # Time

    def _in_time(self, captured: float, elapsed: float) -> bool:
        """Whether a camera can have captured this frame now; a challenge fails if not."""
        lag = elapsed - captured
        if self._timed < FIRST_FRAMES:
            self._lag, self._timed = min(self._lag, lag), self._timed + 1
        ahead = self._lag - lag > AHEAD
        if captured <= self._at or ahead:
            self._challenge.fail("bad_times", elapsed)
            return False
        self._at = captured
        return True

    def _thorough(self) -> bool:
        """Whether to look for small faces this time."""
        due = self.task == "identify" and self._at - self._searched >= SMALL_SEARCH
        if due:
            self._searched = self._at
        return due

    # One person

    def _one(
        self,
        verifier: Verifier,
        faces: list[Seen],
        tracks: list[Track],
        jpeg: bytes,
        elapsed: float,
    ) -> None:
        """A frame in which one person is meant: the largest."""
        if not faces:
            self._challenge.take([], jpeg, self._at, elapsed)
            return
        seen, track = faces[0], tracks[0]
        if track.number != self._meant and not self._challenge.running:
            self._meant, self._take = track.number, Take([])
        person = self._people.setdefault(self._meant, Person())
        alone = not guidance.second_face(faces)
        counts = alone and usable(seen) and person.frames.differs(seen, self._at)
        anchors = self.task == "enrol" and alone and self._take.wants(seen, self._at, jpeg)
        checked = self._challenge.wants_embedding(seen, self._at)
        embedding = None
        if counts or anchors or checked:
            (embedding,) = verifier.embed([seen.face.chips])
        if self._challenge.running:
            self._challenge.take(faces, jpeg, self._at, elapsed, embedding)
            if self._challenge.state == "failed":
                return
        if embedding is not None and (counts or anchors):
            self._add(person, Kept(jpeg, seen, embedding, self._at), anchors)
        if self._challenge.state == "not_done" and not self._challenge.running and alone:
            ready = self._people.get(self._meant, Person()).frames
            mean = ready.mean if ready.count >= REFERENCE else None
            self._challenge.wait(seen, self._at, elapsed, mean)

    def _add(self, person: Person, kept: Kept, anchor: bool) -> None:
        """Let a frame of the person meant count; a new person starts anew."""
        if (
            person.frames.count
            and self._same(person.frames.mean, kept.embedding).outcome == "no_match"
        ):
            person = self._people[self._meant] = Person()
            self._take = Take([])
            anchor = False
        self._count(person, kept)
        if anchor:
            self._take.add(kept)

    # Everyone in view

    def _everyone(
        self, verifier: Verifier, faces: list[Seen], tracks: list[Track], jpeg: bytes
    ) -> None:
        """A frame in which everybody is named: those first of whom least is known."""
        waiting = [
            (self._people.setdefault(track.number, Person()), seen, track.number)
            for seen, track in zip(faces, tracks, strict=True)
        ]
        waiting = [
            row for row in waiting if usable(row[1]) and row[0].frames.differs(row[1], self._at)
        ]
        waiting.sort(key=lambda row: (row[0].named, row[0].frames.count))
        chosen = waiting[:EMBEDDED]
        if chosen:
            embeddings = verifier.embed([seen.face.chips for _, seen, _ in chosen])
            for (person, seen, number), embedding in zip(chosen, embeddings, strict=True):
                kept = Kept(jpeg, seen, embedding, self._at)
                if person.frames.count and self._other(person, embedding):
                    person = self._people[number] = Person()
                self._count(person, kept, faces=len(faces))
        settled = bool(tracks) and all(
            track.number in self._people and self._people[track.number].named for track in tracks
        )
        if not settled:
            self._settled_since = None
        elif self._settled_since is None:
            self._settled_since = self._at

    def _other(self, person: Person, embedding: np.ndarray) -> bool:
        return self._same(person.frames.mean, embedding).outcome == "no_match"

    # Decisions

    def _same(self, one: np.ndarray, other: np.ndarray) -> Decision:
        assert self._judge is not None
        return self._judge.same_face(one, other)

    def _count(self, person: Person, kept: Kept, *, faces: int = 1) -> None:
        assert self._judge is not None
        judge_of, frames = self._judge, person.frames
        frames.add(kept)
        self._used += 1
        self._forget_some()
        if self.task != "enrol":
            person.verdict = judge(
                frames,
                lambda mean: judge_of.candidates(
                    mean,
                    frames.conditions,
                    faces=faces,
                    surplus=frames.surplus(judge_of.head),
                ),
            )

    def _forget_some(self) -> None:
        """Bound the memory that a session takes, whatever is shown to it."""
        if len(self._people) > MOST_PEOPLE:
            rows = self._people.items()
            keep = sorted(rows, key=lambda row: (row[1].named, row[1].frames.last))[1:]
            self._people = dict(keep)

    def _face(self, seen: Seen, track: Track) -> Face:
        person = self._people.get(track.number)
        verdict = person.verdict if person else None
        if verdict is None or not verdict.settled:
            return Face(track.number, seen, "looking", None)
        if verdict.outcome == "match":
            return Face(track.number, seen, "match", verdict.candidates[0])
        state = "no_match" if self.task == "verify" else "unknown"
        return Face(track.number, seen, state, None)

    # What to show

    def _guide(self, faces: list[Seen], elapsed: float) -> None:
        if not faces:
            self._guidance.take({"no_face"}, elapsed)
            self._centre = None
            return
        seen = faces[0]
        box = seen.face.box / seen.width
        centre, side = (box[:2] + box[2:]) / 2, float(np.sqrt(np.prod(box[2:] - box[:2])))
        speed, passed = 0.0, self._at - self._centre_at
        if self._centre is not None and passed > 0:
            speed = float(np.linalg.norm(centre - self._centre)) / side / passed
        self._centre, self._centre_at = centre, self._at
        found = guidance.causes(seen, self._guidance.shown, speed=speed)
        if self._challenge.running or (self.task == "enrol" and self._take.number):
            # What is asked for is told by the step.
            found -= {"look_at_the_camera", "come_closer", "move_back", "hold_still"}
        one = self.task != "identify" or bool(self._challenge.steps)
        if one and guidance.second_face(faces):
            found.add("one_person_only")
        self._guidance.take(found, elapsed)

    def _step(self, elapsed: float) -> tuple[int, int, str, float] | None:
        challenge = self._challenge
        if challenge.running and challenge.movement:
            number = len(challenge.done) + 1
            left = challenge.seconds_left(elapsed)
            return number, len(challenge.steps), challenge.movement.ask, left
        if self.task == "enrol" and self._take.ask:
            number = self._take.number
            left = max(self.seconds - elapsed, 0.0)
            return number + 1, 5, self._take.ask, left
        return None

    def _progress(self) -> float:
        if self.task == "enrol":
            return self._take.number / 5
        person = self._people.get(self._meant)
        looked = min(person.frames.count / 5, person.frames.span / 1.5) if person else 0.0
        looked = 1.0 if person and person.named else min(looked, 1.0)
        steps = len(self._challenge.steps)
        return (looked + min(len(self._challenge.done), steps)) / (1 + steps)

    def _after(self, shown: list[Face], elapsed: float, now: float) -> Answer:
        """End if there is nothing more to wait for."""
        if self.result is None:
            self._challenge.tick(elapsed)
            if elapsed >= self.seconds or self._complete():
                self._end(elapsed)
        return self._answer(shown, now)

    def _answer(self, shown: list[Face], now: float) -> Answer:
        elapsed = now - self._started
        step = None if self.result else self._step(elapsed)
        progress = 1.0 if self.result else round(self._progress(), 3)
        return Answer(shown, self._guidance.shown, step, progress, self.result)

    # The end

    def _complete(self) -> bool:
        if self.task == "enrol":
            return self._take.done
        if self._challenge.state == "failed":
            return True
        if self.task == "identify" and not self._challenge.steps:
            since = self._settled_since
            return since is not None and self._at - since >= SETTLED
        person = self._people.get(self._meant)
        if person is None or not person.named:
            return False
        denied = person.verdict is not None and person.verdict.outcome == "no_match"
        return denied or self._challenge.over

    def _end(self, elapsed: float) -> None:
        people = self._of_result()
        first = people[0][1] if people else None
        found: dict[int, tuple[int, Candidate]] = {}
        for number, person in people:
            rows = person.verdict.candidates if person.verdict else []
            for candidate in rows[: FOUND if person is first else 1]:
                found.setdefault(candidate.row, (number, candidate))  # each known person once
        outcome = "inconclusive"
        if self.task == "enrol":
            outcome = "enrolled" if self._take.done else "inconclusive"
        elif first and first.verdict and (first.frames.count >= REFERENCE or first.named):
            outcome = first.verdict.outcome
        asked = bool(self._challenge.steps)
        challenge = "not_done" if not asked else self._challenge.state
        if asked and challenge != "passed" and outcome == "match":
            outcome = "inconclusive"
        self.result = Result(
            outcome=outcome,
            candidates=list(found.values()),
            challenge=challenge,
            reasons=(self._challenge.reason,) if self._challenge.reason else (),
            frames=first.frames.best if first else [],
            steps=self._challenge.done,
            anchors=self._take.anchors,
            frames_seen=self._seen,
            frames_used=self._used,
            seconds=round(elapsed, 3),
        )

    def _of_result(self) -> list[tuple[int, Person]]:
        """The people that the result is about, the one it is mostly about first."""
        if self.task == "identify" and not self._challenge.steps:
            people = [row for row in self._people.items() if row[1].frames.count >= REFERENCE]

            def order(row: tuple[int, Person]) -> tuple[bool, float]:
                verdict = row[1].verdict
                matched = verdict is not None and verdict.outcome == "match"
                return not matched, -row[1].frames.count * row[1].frames.peak

            return sorted(people, key=order)
        person = self._people.get(self._meant)
        return [(self._meant, person)] if person and person.frames.count else []
