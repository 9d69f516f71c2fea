"""Faces as a look at a frame finds them, computed from a head in space: no picture is drawn."""

import numpy as np

from ml.faces.finder import Face
from ml.faces.quality import HEAD, Quality, pose
from ml.live.look import Seen

WIDTH, HEIGHT = 480, 360


def landmarks(yaw: float = 0.0, pitch: float = 0.0, *, relief: float = 1.0) -> np.ndarray:
    """Where a head's landmarks are seen from far away, millimetres, (5, 2). Relief 0 is a flat photo."""
    across, down = np.radians((yaw, pitch))
    x, y, z = (HEAD * (1, 1, relief)).T
    x, z = x * np.cos(across) - z * np.sin(across), x * np.sin(across) + z * np.cos(across)
    y = y * np.cos(down) - z * np.sin(down)
    return np.stack([x, y], axis=1)


def seen(
    yaw: float = 0.0,
    *,
    size: float = 1.5,
    x: float = 0.5,
    relief: float = 1.0,
    frame: float = 1.0,
    outside: float = 0.0,
    measured: float | None = None,
    **quality: float,
) -> Seen:
    """A face, good in every way that is not told.

    Args:
        size: pixels a millimetre.
        x: where its middle is, as a share of the frame's width.
        frame: size of the frame, as a share of 480x360.
        measured: the yaw that is measured, where it is not that of the landmarks.
    """
    points = (landmarks(yaw, relief=relief) * size + (x * WIDTH, 0.5 * HEIGHT)) * frame
    middle, half = points.mean(axis=0), 80 * size * frame
    values = {
        "size": 2 * half,
        "sharpness": 0.02,
        "brightness": 0.5,
        "contrast": 0.2,
        "yaw": pose(points)[0] if measured is None else measured,
        "pitch": 0.0,
        "roll": 0.0,
        "overall": 1.0,
    } | quality
    face = Face(
        index=0,
        box=np.concatenate([middle - half, middle + half]),
        landmarks=points,
        score=0.999,
        quality=Quality(**values),
        outside=outside,
        complete=True,
        shows_an_eye=True,
        conditions=(),
        chips=(np.zeros((4, 4, 3), np.uint8),),
    )
    return Seen(face, round(WIDTH * frame), round(HEIGHT * frame))
