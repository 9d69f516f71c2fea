"""Films for the fake camera of Chromium: JPEGs one after the other, which it plays over and over."""

from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from tests.support.faces import face_image, to_jpeg, wall

SIZE = (640, 480)


def write_film(path: Path, frames: Iterable[Image.Image | bytes]) -> Path:
    """A .mjpeg file of these pictures; each must be of SIZE."""
    path.write_bytes(
        b"".join(frame if isinstance(frame, bytes) else to_jpeg(frame) for frame in frames)
    )
    return path


def before_the_camera(*faces: tuple[int, int, int, int], count: int = 30) -> list[Image.Image]:
    """Frames of a wall with faces that sway a little; each is (identity, side of its square in
    pixels, left, top)."""
    frames = []
    for number in range(count):
        frame = wall(*SIZE)
        for identity, side, left, top in faces:
            # The same person with small changes, as from frame to frame.
            face = face_image(identity, 1 + number % 5, size=side)
            sway = abs(number % 10 - 5) * 2
            frame.paste(face, (left + sway, top + sway // 2))
        frames.append(frame)
    return frames


def arguments(film: Path) -> tuple[str, ...]:
    """Chromium's switch that makes a film the picture of its camera."""
    return (f"--use-file-for-fake-video-capture={film}",)
