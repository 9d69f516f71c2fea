"""Why two faces are held to be alike: which parts carry it. Runs in a worker."""

from dataclasses import dataclass

from ml.errors import ImageRefused

from . import serving
from .types import ModelIdentity


@dataclass(frozen=True)
class FaceMap:
    """Of one face, how much likeness each part carries.

    cells: rows of the aligned face from the top, each from the left; the drop of the logit without this
    part, rounded to 4 digits, negative where the faces are more alike without it.
    regions: by region of the face, its share of what speaks for the likeness, 0-1; empty if nothing does.
    """

    cells: tuple[tuple[float, ...], ...]
    regions: dict[str, float]


@dataclass(frozen=True)
class Explanation:
    """The maps by role, "probe" and "reference", and the model that was asked."""

    maps: dict[str, FaceMap]
    model: ModelIdentity


def explain(
    probe: bytes,
    reference: bytes,
    *,
    probe_face: int | None = None,
    reference_face: int | None = None,
) -> Explanation:
    """Cover the faces part by part, and compare each time; about a hundred times as long as one
    comparison. Raises ImageRefused, ArtifactError."""
    from ml.serving import occlusion

    verifier = serving.verifier()
    found = []
    for role, photo, index in (
        ("probe", probe, probe_face),
        ("reference", reference, reference_face),
    ):
        try:
            found.append(verifier.acquire(photo, face_index=index).face)
        except ImageRefused as refusal:
            refusal.which = role
            raise
    maps = occlusion.explain(verifier, *found)
    return Explanation(
        maps={
            role: FaceMap(
                tuple(tuple(round(float(cell), 4) for cell in row) for row in one.cells),
                {name: round(share, 4) for name, share in one.shares(verifier.chips[0]).items()},
            )
            for role, one in zip(("probe", "reference"), maps, strict=True)
        },
        model=ModelIdentity(**verifier.model),
    )
