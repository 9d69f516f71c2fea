"""Films of any photo, for tests and demonstrations: `python -m ml live-evaluate --make` makes others."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ml.evaluation.live import camera, props, species
from ml.faces.finder import FaceFinder


def of_photo(
    finder: FaceFinder,
    photo: bytes,
    *,
    kind: str = "live",
    other: bytes | None = None,
    steps: Sequence[tuple[str, float]] = (),
    seconds: float = 4.0,
    per_second: float = 10.0,
    seed: int = 0,
) -> list[bytes]:
    """JPEG frames of 480x360 pixels in which the person on a photo sits before a camera.

    Args:
        photo, other: bytes of photos with one face each; `other` is someone else, where `kind` needs it.
        kind: one of `species.ALL`.
        steps: what they are asked to do, and when, in seconds.

    Raises:
        ImageRefused: a photo has no face that could be used.
    """
    person = props.portrait(finder, photo)
    cast = species.Cast(person, props.portrait(finder, other) if other else person)
    scene = species.ALL[kind](cast, np.random.default_rng(seed))
    for step, at in steps:
        scene.ask(step, at)
    return camera.film(scene, seconds=seconds, per_second=per_second)


def write_mjpeg(path: Path, frames: Sequence[bytes], *, repeat: int = 1) -> None:
    """A film as Chromium's fake camera plays it from a file: one JPEG after the other, in a loop."""
    path.write_bytes(b"".join(frame for frame in frames for _ in range(repeat)))


def empty(*, seconds: float = 1.0, per_second: float = 10.0, seed: int = 0) -> list[bytes]:
    """Frames without anybody."""
    rng = np.random.default_rng(seed)
    scene = camera.Scene([], props.background(rng), rng)
    return camera.film(scene, seconds=seconds, per_second=per_second)


def pixels(frame: bytes) -> np.ndarray:
    """A frame as uint8 RGB (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(frame)).convert("RGB"))
