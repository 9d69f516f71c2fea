"""Faces of photos that nobody has named, and which of them are the same person. Runs in a worker."""

from collections.abc import Sequence

import numpy as np

from . import serving
from .pairs import USUAL_RATE
from .types import ComparableFace


def faces_in(photo: bytes, *, max_faces: int) -> dict[int, ComparableFace]:
    """The faces of a photo that can be compared, by their index, at most `max_faces`, the most
    prominent first. Raises ImageRefused, ArtifactError."""
    verifier = serving.verifier()
    faces = [row for row in verifier.finder.find(photo).faces[:max_faces] if not row.problem]
    if not faces:
        return {}
    embeddings = verifier.embed([face.chips for face in faces])
    return {
        face.index: ComparableFace(embedding, face.conditions)
        for face, embedding in zip(faces, embeddings, strict=True)
    }


def gather(
    faces: Sequence[ComparableFace], photos: Sequence[int], *, false_match_rate: float = USUAL_RATE
) -> list[list[int]]:
    """The numbers of those faces that are the same person, in groups, the largest first; `photos` says
    which photo each is from. Raises RateUnknown, ArtifactError."""
    from ml.decision import gathering

    if not faces:
        return []
    margins = gathering.margins(
        serving.verifier().head,
        np.stack([face.embedding for face in faces]),
        [face.conditions for face in faces],
        false_match_rate,
    )
    return gathering.gather(margins, list(photos))
