"""Which face of a photo is meant."""

from collections.abc import Sequence

import numpy as np

from ml.errors import ImageRefused

# A second face with at least this score and this share of the first one's prominence stands in the way.
SURE, CLEAR_CHOICE = 0.95, 0.5
CENTRE = 0.3  # a face in a corner of the frame counts this much less than one in its middle


def prominence(box: np.ndarray, frame: tuple[int, int]) -> float:
    """Area of a face, a little less far from the middle of the frame: size decides, not the place.

    Args:
        box: (left, top, right, bottom), pixels.
        frame: (width, height) of the photo, pixels.
    """
    size = np.array(frame)
    middle = ((box[:2] + box[2:]) / 2 - size / 2) / (size / 2)
    away = min(1.0, float(middle @ middle) / 2)
    return float(np.prod(box[2:] - box[:2])) * (1 - CENTRE * away)


def choose(faces: Sequence, frame: tuple[int, int], face_index: int | None) -> int:
    """Which face is meant: the one asked for, else the most prominent if that is clear.

    Args:
        faces: in the order of their numbers; each has a `box` and a `score`.
        frame: (width, height) of the photo, in the pixels of the boxes.

    Returns:
        the face's number.

    Raises:
        ImageRefused: there is none, it is not clear, or the index names none.
    """
    if not faces:
        raise ImageRefused(
            "no_face_found",
            "No face was found in the photo.",
            "Use a photo that shows one face from the front, in good light and not too small.",
        )
    if face_index is not None:
        if not 0 <= face_index < len(faces):
            raise ImageRefused(
                "face_index_invalid",
                f"There is no face number {face_index}; the photo has {len(faces)}, counted from 0.",
                "Choose one of the faces listed.",
            )
        return face_index
    prominences = [prominence(face.box, frame) for face in faces]
    first = int(np.argmax(prominences))
    rivals = [
        index
        for index, face in enumerate(faces)
        if index != first
        and face.score >= SURE
        and prominences[index] >= CLEAR_CHOICE * prominences[first]
    ]
    if rivals:
        raise ImageRefused(
            "several_faces",
            f"The photo shows {len(faces)} faces, and none is so much larger than the others that it "
            "must be the one meant. Faces on posters, screens and clothes count, too.",
            "Choose one of the faces, or cut the photo to the person meant.",
        )
    return first
