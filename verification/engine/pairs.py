"""One face against another. Runs in a worker."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ml import images
from ml.errors import ImageRefused

from . import serving
from .types import (
    MODELS_OWN,
    Band,
    ComparableFace,
    Decision,
    FaceEmbedding,
    ModelIdentity,
    OperatingPoint,
    OwnThresholds,
    Verdict,
)

if TYPE_CHECKING:
    from ml.decision.head import Head
    from ml.decision.rule import Decision as MlDecision

USUAL_RATE = 1e-3
CROP_QUALITY = 92  # of the JPEGs


def compare(
    probe: bytes,
    reference: bytes,
    *,
    false_match_rate: float = USUAL_RATE,
    probe_face: int | None = None,
    reference_face: int | None = None,
    thresholds: OwnThresholds = MODELS_OWN,
) -> Verdict:
    """Compare two photos.

    Args:
        false_match_rate: one of `offered_rates`.
        probe_face, reference_face: which face of a photo of several, as numbered in an earlier answer.
        thresholds: the owner's; those measured with another model do not count.

    Raises:
        ImageRefused: one of the photos cannot be used; `which` says which.
        RateUnknown: the model has no threshold for this false-match rate.
        ArtifactError: there is no model that could be served.
    """
    verifier = serving.verifier()
    model = ModelIdentity(**verifier.model)
    own = thresholds.of(model)
    verdict = verifier.compare(
        probe,
        reference,
        false_match_rate=false_match_rate,
        probe_face=probe_face,
        reference_face=reference_face,
        head=verifier.head.adjusted(dict(own.shifts)),
    )
    return Verdict(
        decision=decision_of(verdict.decision),
        model=model,
        faces={role: photo.to_dict() for role, photo in verdict.acquisitions.items()},
        crops={role: jpeg(pixels) for role, pixels in verdict.crops.items()},
        timings=verdict.timings,
        calibration=own.note,
    )


def embed_face(
    photo: bytes, *, face_index: int | None = None, any_quality: bool = False, role: str = ""
) -> FaceEmbedding:
    """Find, check and embed one face; `any_quality`: also one that is too poor to compare. Raises
    ImageRefused, whose `which` is `role`; ArtifactError."""
    from ml.faces.finder import Timings

    verifier, timings = serving.verifier(), Timings()
    try:
        if any_quality:
            acquired = verifier.finder.find(photo, timings).choose(face_index)
        else:
            acquired = verifier.acquire(photo, face_index=face_index, timings=timings)
    except ImageRefused as refusal:
        refusal.which = role
        raise
    with timings.step("embed"):
        (embedding,) = verifier.embed([acquired.face.chips])
    return FaceEmbedding(
        embedding=embedding,
        conditions=acquired.face.conditions,
        face=acquired.to_dict(),
        crop=jpeg(acquired.face.chip),
        model=ModelIdentity(**verifier.model),
        timings=timings.to_dict(),
    )


def compare_faces(
    probe: ComparableFace,
    reference: ComparableFace,
    *,
    false_match_rate: float = USUAL_RATE,
    thresholds: OwnThresholds = MODELS_OWN,
) -> Decision:
    """Decide on two faces that this process's model has embedded. Raises RateUnknown, ArtifactError."""
    head = _head(thresholds).under(probe.conditions, reference.conditions)
    return decision_of(head.decide(probe.embedding, reference.embedding, false_match_rate))


def operating_point(
    false_match_rate: float,
    *conditions: Iterable[str],
    thresholds: OwnThresholds = MODELS_OWN,
) -> OperatingPoint:
    """What decides on two faces under these `conditions`. Raises RateUnknown, ArtifactError."""
    point = _head(thresholds).under(*map(tuple, conditions)).operating_point(false_match_rate)
    return OperatingPoint(false_match_rate, round(point["threshold"], 6), band_of(point["band"]))


def decision_of(decision: "MlDecision") -> Decision:
    """The engine's own, with rounded numbers."""
    return Decision(
        outcome=decision.outcome,
        similarity=round(decision.similarity, 6),
        probability=round(decision.probability, 6),
        threshold=round(decision.threshold, 6),
        band=band_of(decision.band),
        false_match_rate=decision.false_match_rate,
    )


def band_of(ends: Iterable[float]) -> Band:
    low, high = ends
    return Band(round(low, 6), round(high, 6))


def jpeg(pixels: np.ndarray) -> bytes:
    """An (H, W, 3) uint8 RGB array as JPEG bytes."""
    return images.encode_jpeg(pixels, CROP_QUALITY)


def _head(thresholds: OwnThresholds) -> "Head":
    verifier = serving.verifier()
    own = thresholds.of(ModelIdentity(**verifier.model))
    return verifier.head.adjusted(dict(own.shifts))
