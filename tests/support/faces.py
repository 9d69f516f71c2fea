"""Faces for the tests, drawn from a statistical model (see make_face_model.py): nobody's portrait."""

import functools
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

_MODEL = Path(__file__).parents[1] / "data" / "face_model.npz"
_SIZE = 300  # pixels; the face's box is about half as wide

# Draws that the default model holds to be clearly different people (similarity below 0.38).
SEEDS = (552, 362, 333, 505, 131, 119, 112, 393, 242, 544, 258, 372, 65)
CROWD = range(1000, 1040)  # further draws, who may look like each other


@functools.cache
def _model():
    with np.load(_MODEL) as stored:
        return (
            stored["mean"].astype(np.float32),
            stored["components"].astype(np.float32),
            stored["scales"],
        )


def face_image(identity: int, variation: int = 0, *, size: int = _SIZE) -> Image.Image:
    """A frontal face. The same identity with another variation is the same person in another photo."""
    mean, components, scales = _model()
    who = np.random.default_rng((*SEEDS, *CROWD)[identity])
    weights = who.normal(0, 1.5, len(scales)).clip(-2.6, 2.6)
    width, height = who.uniform(0.86, 1.16), who.uniform(0.9, 1.1)  # narrow, broad, long, round
    how = np.random.default_rng(((*SEEDS, *CROWD)[identity], variation))
    light, turn = 0.0, 0.0
    if variation:
        weights = weights + how.normal(0, 0.16, len(scales))
        light, turn = how.uniform(-14, 14), how.uniform(-6, 6)
    pixels = mean + np.tensordot(weights * scales / 127, components, axes=1) + light
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    image = image.resize((round(size * width), round(size * height)), Image.Resampling.BICUBIC)
    image = image.filter(ImageFilter.UnsharpMask(3, 120, 0)).rotate(turn, Image.Resampling.BICUBIC)
    left, top = (image.width - size) // 2, (image.height - size) // 2
    frame = Image.new("RGB", (size, size), (118, 116, 112))
    inside = image.crop((max(left, 0), max(top, 0), max(left, 0) + size, max(top, 0) + size))
    frame.paste(inside, (max(-left, 0), max(-top, 0)))
    return frame


def make_face(identity: int, variation: int = 0, *, size: int = _SIZE) -> bytes:
    """A photo of a face as JPEG bytes, see `face_image`."""
    return to_jpeg(face_image(identity, variation, size=size))


def two_faces(first: int = 0, second: int = 1) -> bytes:
    """Two equally prominent faces side by side."""
    return group((first, 0), (second, 0))


def group(*people: tuple[int, int]) -> bytes:
    """Equally large faces side by side; each of `people` is an identity and a variation."""
    image = Image.new("RGB", (len(people) * _SIZE, _SIZE))
    for place, (identity, variation) in enumerate(people):
        image.paste(face_image(identity, variation), (place * _SIZE, 0))
    return to_jpeg(image)


def between(one: int, other: int, share: float) -> bytes:
    """A face between two identities: `one` at 0, `other` at 1. It may be taken for either."""
    return to_jpeg(Image.blend(face_image(one), face_image(other), share))


def no_face() -> bytes:
    """A photo-like picture without a face: a sky above a field."""
    rows = np.linspace(0, 1, 240)[:, None, None]
    sky, field = np.array([120, 170, 220]), np.array([70, 120, 60])
    pixels = np.where(rows < 0.6, sky + rows * 60, field + rows * 30) * np.ones((1, 320, 1))
    return to_jpeg(Image.fromarray(pixels.astype(np.uint8)))


def pixels_of(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def wall(width: int, height: int, *, seed: int = 0) -> Image.Image:
    """A wall with soft stains and the noise of a sensor."""
    random = np.random.default_rng(seed)
    coarse = random.integers(90, 170, (height // 80 + 2, width // 80 + 2, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.integers(-6, 7, (height, width, 3))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def wall_with(faces, size=(1200, 900)) -> Image.Image:
    """Faces on a wall; each is (identity, side of its square in pixels, left, top)."""
    image = wall(*size)
    for identity, side, left, top in faces:
        image.paste(face_image(identity, size=side), (left, top))
    return image


def to_jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
