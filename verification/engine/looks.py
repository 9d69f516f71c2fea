"""All faces of a photo, measured or compared, for somebody who has them looked at and keeps nothing.
Runs in a worker."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml.errors import ImageRefused

from . import serving
from .pairs import USUAL_RATE, decision_of
from .types import (
    MODELS_OWN,
    ComparableFace,
    Decision,
    FaceProblem,
    FaceReport,
    ModelIdentity,
    OwnThresholds,
)

if TYPE_CHECKING:
    from ml.decision.head import Head
    from ml.faces.finder import Acquisition, Face, Faces, Timings

MOST_FACES = 100


@dataclass(frozen=True)
class SeenFace:
    """A face, why it cannot be compared if so, and its numbers where they were asked for."""

    report: FaceReport
    problem: FaceProblem | None = None
    comparable: ComparableFace | None = None


@dataclass(frozen=True)
class SeenPhoto:
    """The faces of a photo, the largest first; its upright size in pixels, and the clockwise angle by
    which it had to be turned, in degrees. Faces narrower than `searched_down_to` pixels may have been
    missed."""

    width: int
    height: int
    turned: int
    searched_down_to: int
    faces: tuple[SeenFace, ...]


@dataclass(frozen=True)
class SeenFaces:
    photo: SeenPhoto
    model: ModelIdentity
    timings: dict[str, float]


@dataclass(frozen=True)
class FaceAgainstAll:
    """A face of the photo `probe` against all of `reference`; decisions in the order of its faces, None
    for one that cannot be compared. `face` is the place of the one face in `probe.faces`."""

    probe: SeenPhoto
    face: int
    reference: SeenPhoto
    decisions: tuple[Decision | None, ...]
    model: ModelIdentity
    timings: dict[str, float]


def look_at_all(
    photo: bytes,
    *,
    max_faces: int = MOST_FACES,
    embeddings: bool = False,
    any_quality: bool = False,
    role: str = "probe",
) -> SeenFaces:
    """Find and measure every face; a photo without a face has none.

    Args:
        max_faces: the largest ones alone.
        embeddings: whether to embed them, those alone that can be compared.
        any_quality: whether those that cannot be compared are embedded all the same.

    Raises:
        ImageRefused: the file is not a usable photo; `which` is `role`.
        ArtifactError: there is no model that could be served.
    """
    timings = _timings()
    with _about(role):
        found = serving.verifier().finder.find(photo, timings)
    faces = _largest_first(found.faces)[:max_faces]
    wanted = [face for face in faces if embeddings and (any_quality or not face.problem)]
    seen = _seen(found, faces, _embedded(wanted, timings))
    return SeenFaces(seen, serving.served_model(), timings.to_dict())


def one_face(
    photo: bytes, *, face_index: int | None = 0, any_quality: bool = False, role: str = "probe"
) -> SeenFaces:
    """One face alone, embedded: the largest, another, or with None the one that is clearly meant. Raises
    ImageRefused where there is none, or it cannot be compared and not `any_quality`; ArtifactError."""
    timings = _timings()
    with _about(role):
        found = _chosen(photo, timings, face_index=face_index, any_quality=any_quality)
    seen = _seen(found, [found.face], _embedded([found.face], timings))
    return SeenFaces(seen, serving.served_model(), timings.to_dict())


def compare_with_all(
    probe: bytes,
    reference: bytes,
    *,
    false_match_rate: float = USUAL_RATE,
    face_index: int | None = None,
    largest: bool = False,
    any_quality: bool = False,
    max_faces: int = MOST_FACES,
    thresholds: OwnThresholds = MODELS_OWN,
) -> FaceAgainstAll:
    """Compare one face of the first photo with every face of the second, each pair by itself.

    Args:
        false_match_rate: one of `offered_rates`, of each pair.
        face_index: which face of the first photo.
        largest: its largest face, instead of refusing a photo of several faces.
        any_quality: compare also faces that would be refused.
        max_faces: of the second photo, the largest ones.

    Raises:
        ImageRefused: the first photo has no face, or none that is clearly meant and can be compared;
            the second is not a usable photo. `which` says which photo.
        RateUnknown: the model has no threshold for this false-match rate.
        ArtifactError: there is no model that could be served.
    """
    verifier, timings = serving.verifier(), _timings()
    model = serving.served_model()
    head = verifier.head.adjusted(dict(thresholds.of(model).shifts))
    head.operating_point(false_match_rate)
    with _about("probe"):
        chosen = 0 if largest else face_index
        found = _chosen(probe, timings, face_index=chosen, any_quality=any_quality)
    with _about("reference"):
        others = verifier.finder.find(reference, timings)
    faces = _largest_first(others.faces)[:max_faces]
    usable = [face for face in faces if any_quality or not face.problem]
    (one,) = _embedded([found.face], timings).values()
    rest = _embedded(usable, timings)
    with timings.step("compare"):
        decisions = tuple(
            _decided(head, one, rest[face.index], false_match_rate) if face.index in rest else None
            for face in faces
        )
    everyone = _largest_first(found.faces)
    return FaceAgainstAll(
        probe=_seen(found, everyone, {found.face.index: one}),
        face=[face.index for face in everyone].index(found.face.index),
        reference=_seen(others, faces, rest),
        decisions=decisions,
        model=model,
        timings=timings.to_dict(),
    )


def _timings() -> "Timings":
    from ml.faces.finder import Timings

    return Timings()


@contextmanager
def _about(role: str) -> Iterator[None]:
    try:
        yield
    except ImageRefused as refusal:
        refusal.which = role
        raise


def _chosen(
    photo: bytes, timings: "Timings", *, face_index: int | None, any_quality: bool
) -> "Acquisition":
    verifier = serving.verifier()
    if any_quality:
        return verifier.finder.find(photo, timings).choose(face_index)
    return verifier.acquire(photo, face_index=face_index, timings=timings)


def _largest_first(faces: Iterable["Face"]) -> list["Face"]:
    return sorted(faces, key=lambda face: -float(np.prod(face.box[2:] - face.box[:2])))


def _embedded(faces: Sequence["Face"], timings: "Timings") -> dict[int, ComparableFace]:
    """By the faces' index."""
    if not faces:
        return {}
    with timings.step("embed"):
        embeddings = serving.verifier().embed([face.chips for face in faces])
    return {
        face.index: ComparableFace(embedding, face.conditions)
        for face, embedding in zip(faces, embeddings, strict=True)
    }


def _decided(
    head: "Head", one: ComparableFace, other: ComparableFace, false_match_rate: float
) -> Decision:
    under = head.under(one.conditions, other.conditions)
    return decision_of(under.decide(one.embedding, other.embedding, false_match_rate))


def _seen(
    found: "Faces", faces: Iterable["Face"], comparable: Mapping[int, ComparableFace]
) -> SeenPhoto:
    return SeenPhoto(
        width=found.width,
        height=found.height,
        turned=found.turned,
        searched_down_to=found.searched_down_to,
        faces=tuple(
            SeenFace(
                report=face.to_dict(),
                problem=FaceProblem(*face.problem) if face.problem else None,
                comparable=comparable.get(face.index),
            )
            for face in faces
        ),
    )
