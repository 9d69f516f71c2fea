"""Drawn coverings: sunglasses, masks, scarves, hands, bars, glasses, beards and shadows on a photo.

A covering is drawn in the face's own frame: u runs across, v down; the eyes are at (-0.5, 0) and
(0.5, 0), the middle of the mouth at (0, 1). `TRAINED` are the kinds that the network of
`ml.faces.coverage` learns from, `UNSEEN` kinds of other shapes and fills are only measured on, and
`OPEN` change a face without hiding its features.
"""

import numpy as np

from ml.evaluation.coverings.canvas import Canvas, Drawn, shares
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

__all__ = ["KINDS", "OPEN", "SIDES", "TRAINED", "UNSEEN", "Drawn", "cut_frame", "draw", "shares"]

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


def draw(kind: str, pixels: np.ndarray, landmarks: np.ndarray, rng) -> Drawn:
    """A photo with a covering of one of `KINDS`; `rng` chooses its form and colours."""
    canvas = Canvas(pixels, landmarks)
    KINDS[kind](canvas, rng)
    return canvas.done()


SIDES = ("left", "right", "top", "below")


def cut_frame(shape, box, side: str, share: float) -> tuple[int, int, int, int]:
    """The frame (left, top, right, bottom) that is left of a photo of `shape` (H, W, ...) when it is
    cut off at one of `SIDES`, so that this share of the face's box is gone."""
    left, top, right, bottom = (float(value) for value in box)
    frame = [0, 0, shape[1], shape[0]]
    edge = {
        "left": left + share * (right - left),
        "top": top + share * (bottom - top),
        "right": right - share * (right - left),
        "below": bottom - share * (bottom - top),
    }[side]
    at = ("left", "top", "right", "below").index(side)
    frame[at] = min(max(round(edge), 0), shape[1 - at % 2])
    return tuple(frame)
