"""Take anchors and positives of one person from a webcam or a video file."""

from pathlib import Path

import cv2

from ml.errors import MlError

KINDS = ("anchor", "positive")


def capture(source, folder, kind: str, *, count: int, every: int) -> list[Path]:
    """Save frames of a video at regular intervals as JPEG files.

    Args:
        source: path of a video file, or the number of a camera.
        folder: the data folder; photos are written to its folder `kind`.
        kind: "anchor" or "positive".
        count: largest number of photos.
        every: interval between photos, in frames.

    Returns:
        the files written. Their numbers continue those of existing files; no file is replaced.

    Raises:
        MlError: the camera or video cannot be opened, or has no frame.
    """
    video = cv2.VideoCapture(int(source) if str(source).isdigit() else str(source))
    try:
        if not video.isOpened():
            raise MlError(
                "video_unreadable",
                f"The camera or video {source} cannot be opened.",
                "Name a video file, or the number of a camera that is not used by another program.",
            )
        target = Path(folder) / kind
        target.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        frame_number = 0
        number = len(list(target.glob("*.jpg")))
        while len(written) < count:
            there, frame = video.read()
            if not there:
                break
            if frame_number % every == 0:
                while (path := target / f"{kind}_{number:04d}.jpg").exists():
                    number += 1
                cv2.imwrite(str(path), frame)
                written.append(path)
            frame_number += 1
    finally:
        video.release()
    if not written:
        raise MlError("video_empty", f"The camera or video {source} gave no picture.")
    return written
