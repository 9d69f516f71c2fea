"""Coverings drawn on a photo: sunglasses, masks, scarves, hands, bars, glasses, beards and shadows.

A covering is drawn in the face's own coordinates: u to the right, v down; the eyes are at (-0.5, 0) and
(0.5, 0), the centre of the mouth at (0, 1). The network of `ml.faces.coverage` is trained on the kinds
`TRAINED` and also measured on the kinds `UNSEEN`, which have other shapes and fills. `OPEN` changes a face
without hiding its features.
"""

import numpy as np

from ml.evaluation.coverings.canvas import Canvas, CoveredPhoto, shares
from ml.evaluation.coverings.cloth import chin_mask, mask_curved, mask_dome, mask_flat, scarf
from ml.evaluation.coverings.glasses import (
    eyeglasses,
    sunglasses_aviator,
    sunglasses_oval,
    sunglasses_round,
    sunglasses_shield,
    sunglasses_square,
)
from ml.evaluation.coverings.others import bar, beard, hand, hat, shadow, thing

__all__ = [
    "KINDS",
    "OPEN",
    "SIDES",
    "TRAINED",
    "UNSEEN",
    "CoveredPhoto",
    "cut_frame",
    "draw",
    "shares",
]

TRAINED = {
    "sunglasses_oval": sunglasses_oval,
    "sunglasses_square": sunglasses_square,
    "mask_flat": mask_flat,
    "mask_curved": mask_curved,
    "hand": hand,
    "thing": thing,
}
UNSEEN = {
    "sunglasses_aviator": sunglasses_aviator,
    "sunglasses_round": sunglasses_round,
    "sunglasses_shield": sunglasses_shield,
    "mask_dome": mask_dome,
    "scarf": scarf,
    "bar": bar,
}
OPEN = {
    "eyeglasses": eyeglasses,
    "chin_mask": chin_mask,
    "beard": beard,
    "shadow": shadow,
    "hat": hat,
}
KINDS = TRAINED | UNSEEN | OPEN


def draw(
    kind: str, pixels: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> CoveredPhoto:
    """Draw a covering of one of `KINDS` on a photo; `rng` chooses its shape and colours."""
    canvas = Canvas(pixels, landmarks)
    KINDS[kind](canvas, rng)
    return canvas.done()


SIDES = ("left", "right", "top", "below")


def cut_frame(shape, box, side: str, share: float) -> tuple[int, int, int, int]:
    """What remains of a photo of `shape` (H, W, ...) when it is cut off at one of `SIDES`.

    Args:
        box: the face's box.
        share: share of the box that is cut off.

    Returns:
        (left, top, right, bottom).
    """
    left, top, right, bottom = (float(value) for value in box)
    frame = [0, 0, int(shape[1]), int(shape[0])]
    edge = {
        "left": left + share * (right - left),
        "top": top + share * (bottom - top),
        "right": right - share * (right - left),
        "below": bottom - share * (bottom - top),
    }[side]
    at = ("left", "top", "right", "below").index(side)
    frame[at] = min(max(round(edge), 0), shape[1 - at % 2])
    return frame[0], frame[1], frame[2], frame[3]
