"""Pictures of a camera or a video file, as the server wants them. Needs OpenCV, the extra `camera`."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import FaceverifyError

WIDTH, HEIGHT = 480, 360  # pixels
QUALITY = 80  # of the JPEGs
USUAL_RATE = 25.0  # frames a second of a file that does not say


class NoCamera(FaceverifyError):
    """The camera or the file cannot be opened, or OpenCV is not installed."""


def frames(source: int | Path) -> Iterator[tuple[int, bytes]]:
    """(milliseconds since the first, JPEG) of the newest frame, each time one is asked for; a file
    plays in its own time, and frames that nobody asks for in time are skipped. Raises NoCamera."""
    try:
        import cv2
    except ImportError as error:
        raise NoCamera(
            'Pictures of a camera need OpenCV: pip install "./clients/python[camera]"'
        ) from error
    film = cv2.VideoCapture(str(source) if isinstance(source, Path) else source)
    try:
        if not film.isOpened():
            raise NoCamera(f"{_name(source)} cannot be opened.")
        yield from _of_file(film) if isinstance(source, Path) else _of_camera(film)
    finally:
        film.release()


def _of_camera(film: Any) -> Iterator[tuple[int, bytes]]:
    import cv2

    film.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest, not those of a moment ago
    began = time.monotonic()
    while True:
        there, picture = film.read()
        if not there:
            raise NoCamera("The camera sends no picture any more.")
        yield round((time.monotonic() - began) * 1000), _jpeg(picture)


def _of_file(film: Any) -> Iterator[tuple[int, bytes]]:
    import cv2

    rate = film.get(cv2.CAP_PROP_FPS) or USUAL_RATE
    began, number = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * rate)
        while number < due and film.grab():
            number += 1
        there, picture = film.read()
        if not there:
            return
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield round(number / rate * 1000), _jpeg(picture)
        number += 1


def _jpeg(picture: Any) -> bytes:
    import cv2

    height, width = picture.shape[:2]
    most = (HEIGHT, WIDTH) if height > width else (WIDTH, HEIGHT)
    scale = min(most[0] / width, most[1] / height, 1.0)
    if scale < 1.0:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(encoded)


def _name(source: int | Path) -> str:
    return f"Camera {source}" if isinstance(source, int) else str(source)
