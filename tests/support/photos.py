"""Small pictures for tests that never look for a face in them."""

import io

import numpy as np
from PIL import Image


def photo(seed: int = 0, *, size=(64, 48), kind: str = "JPEG", **save) -> bytes:
    """A picture of noise; the same seed gives the same bytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **save)
    return out.getvalue()
