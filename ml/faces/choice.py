"""Choose the face that is meant in a photo: the one asked for, or else the largest, if that is clear.

Size decides, not position: the person is meant, not a poster in the middle. But if a photo is framed on
one face, faces of similar size at the photo's edge are bystanders.
"""

from collections.abc import Sequence

import numpy as np

from ml.errors import ImageRefused
from ml.faces.quality import shows_an_eye
from ml.faces.refusals import (
    CHOOSE_LISTED,
    CHOOSE_OR_CUT,
    NO_FACE,
    NO_SUCH_FACE,
    SEVERAL_FACES,
    SHOW_ONE_FACE,
)

SURE = 0.95  # lowest detection score of a face that counts
CLEAR = 0.6  # the largest face is clear if every other one has less than this share of its area
# A photo is framed on a face whose centre is at most this far from the photo's, in halves of its sides.
FRAMED = 0.25
# Bystanders are nearer to the photo's edge than this share of their own side, and at most so many times
# as large as the framed face. Of 3,811 photos of LFW, which are framed like that, 261 show a second face
# of half the area or more; in all but 4 of them the right face is chosen.
AT_EDGE, MOST_LARGER = 0.35, 1.5


def choose(faces: Sequence, frame: tuple[int, int], face_index: int | None) -> int:
    """Choose a face.

    Args:
        faces: in the order of their numbers; each has a `box`, `landmarks` and a `score`.
        frame: (width, height) of the photo, in the pixels of the boxes.
        face_index: the number of the face asked for.

    Returns:
        the number of the face.

    Raises:
        ImageRefused: there is no face, no clear choice, or no face of this number.
    """
    if not faces:
        raise ImageRefused(
            "no_face_found",
            NO_FACE,
            SHOW_ONE_FACE,
        )
    if face_index is not None:
        if not 0 <= face_index < len(faces):
            raise ImageRefused(
                "face_index_invalid",
                NO_SUCH_FACE % {"index": face_index, "number": len(faces)},
                CHOOSE_LISTED,
            )
        return face_index
    seen = [i for i, face in enumerate(faces) if shows_an_eye(face.box, face.landmarks, frame)]
    seen = seen or list(range(len(faces)))
    counted = [index for index in seen if faces[index].score >= SURE] or seen
    boxes = np.array([faces[index].box for index in counted], np.float64)
    chosen = _clear(boxes, np.array(frame, np.float64))
    if chosen is None:
        raise ImageRefused(
            "several_faces",
            SEVERAL_FACES % {"number": len(faces)},
            CHOOSE_OR_CUT,
        )
    return counted[chosen]


def _clear(boxes: np.ndarray, frame: np.ndarray) -> int | None:
    """The position of the box, of (n, 4), that is clearly meant; None if there is none."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    largest = int(np.argmax(areas))
    if not np.any(np.delete(areas, largest) >= CLEAR * areas[largest]):
        return largest
    middles = (boxes[:, :2] + boxes[:, 2:]) / frame - 1  # -1 to 1 across the photo
    framed = int(np.argmin(np.abs(middles).max(axis=1)))
    if np.abs(middles[framed]).max() > FRAMED:
        return None
    margins = np.minimum(boxes[:, :2], frame - boxes[:, 2:]).min(axis=1) / np.sqrt(areas)
    aside = (margins < AT_EDGE) & (areas <= MOST_LARGER * areas[framed])
    rivals = (areas >= CLEAR * areas[framed]) & ~aside
    rivals[framed] = False
    return None if rivals.any() else framed
