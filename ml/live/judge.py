"""Decisions on embeddings: is it this person, which of these people, and is it the face of before?"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ml.decision.gallery import Candidate
from ml.decision.head import Decision, Head, at_rate
from ml.errors import ArtifactError
from ml.serving.verifier import Verifier

SAME_FACE_RATE = 1e-4  # false matches when a face is compared with itself a moment before
LIMIT = 10  # candidates


@dataclass(frozen=True)
class Known:
    """A person who may be before the camera: float32 (d,), the mean of `anchors` photos' embeddings.

    With `photo` it is a single photo, compared as two photos are.
    """

    template: np.ndarray
    anchors: int = 1
    photo: bool = False


class Near(Protocol):
    """Those whom a search decides on, in the order that decides between equals: row i is ids[i], a template
    float32 (n, d) of so many anchors, int (n,). `size`: among how many they were found."""

    @property
    def ids(self) -> Sequence[Hashable]: ...
    @property
    def templates(self) -> np.ndarray: ...
    @property
    def counts(self) -> np.ndarray: ...
    @property
    def size(self) -> int: ...


class Searched(Protocol):
    """Many people, who may change while a session runs."""

    def nearest(self, probe: np.ndarray, limit: int) -> Near:
        """Those among whom the first `limit` candidates for an embedding (d,) surely are."""


class Subject:
    """Whom a session is about, at a false-match rate and perhaps with thresholds of one's own.

    Args:
        known: everyone who may be before the camera, as rows.
        shifts: see `ml.decision.head.Head.adjusted`.
        people: asked for those near a face each time, instead of `known`. Whoever is found first is row 0
            of the candidates, and keeps that number: `ids` has their ids.
    """

    def __init__(
        self,
        known: Sequence[Known],
        rate: float,
        shifts: Mapping[float, float] | None = None,
        people: Searched | None = None,
    ):
        self.known, self.people = tuple(known), people
        self.rate, self.shifts = rate, dict(shifts or {})
        self.ids: list[Any] = []
        self._rows: dict[Hashable, int] = {}
        self._listed = _Listed(
            range(len(self.known)),
            np.array([row.template for row in known], np.float32),
            np.array([row.anchors for row in known], int),
            len(self.known),
        )

    def nearest(self, embedding: np.ndarray, limit: int) -> Near:
        return self.people.nearest(embedding, limit) if self.people else self._listed

    def row(self, near: Near, found: int) -> int:
        """The number that one of those near has for the whole session."""
        id = near.ids[found]
        if self.people is None:
            return found
        if id not in self._rows:
            self._rows[id] = len(self.ids)
            self.ids.append(id)
        return self._rows[id]


@dataclass(frozen=True)
class _Listed:
    """So few that all of them are decided on."""

    ids: range
    templates: np.ndarray
    counts: np.ndarray
    size: int


class Judge:
    """Decides with one model. One instance serves one thread."""

    def __init__(self, verifier: Verifier, subject: Subject):
        self._verifier, self._subject = verifier, subject

    @property
    def head(self) -> Head:
        """The model's own."""
        return self._verifier.head

    def candidates(
        self,
        embedding: np.ndarray,
        conditions: tuple[str, ...] = (),
        *,
        faces: int = 1,
        surplus: float = 0.0,
    ) -> list[Candidate]:
        """The known people, the most likely first; none if nobody is known.

        Args:
            faces: how many people in view share the false-match rate.
            surplus: by which thresholds are raised, in logits.

        Raises:
            ArtifactError: the model cannot search a gallery.
            RateUnknown: it has no threshold for this false-match rate.
        """
        subject = self._subject
        near = subject.nearest(embedding, LIMIT)
        if not len(near.ids):
            return []
        shifts = {subject.rate: at_rate(subject.shifts, subject.rate, 0.0) + surplus}
        if len(subject.known) == 1 and subject.known[0].photo:
            head = self._verifier.head.adjusted(shifts).under(conditions)
            return [Candidate(0, head.decide(embedding, near.templates[0], subject.rate))]
        if self._verifier.gallery is None:
            raise ArtifactError(
                "model_without_gallery",
                "The model has no operating points for people with several photos.",
                "Calibrate it for galleries, or set FACEVERIFY_MODEL to one that has them.",
            )
        gallery = self._verifier.gallery.adjusted(shifts).under(conditions)
        found = gallery.search(
            embedding,
            near.templates,
            near.counts,
            false_match_rate=subject.rate,
            limit=LIMIT,
            probes=max(faces, 1),
            among=near.size,
        )
        return [replace(candidate, row=subject.row(near, candidate.row)) for candidate in found]

    def same_face(self, one: np.ndarray, other: np.ndarray) -> Decision:
        """Whether two frames of a session show one face."""
        rate = min(self._verifier.head.rates, key=lambda rate: abs(np.log(rate / SAME_FACE_RATE)))
        return self._verifier.head.decide(one, other, rate)
