"""What a person before the camera should do, told so that it does not flicker.

A hint appears when its cause has lasted `APPEARS` seconds, and goes when the cause has been away for
`GOES`. While it is shown its bounds are stricter by `MARGIN`, so that a face on the border of one does
not switch it on and off.
"""

from collections.abc import Iterable

from ml.faces import conditions
from ml.live.look import Seen

APPEARS, GOES = 0.3, 0.5  # seconds
MARGIN = 0.12
SHOWN = 2  # hints at a time

# The first is the most important.
CODES = (
    "unreadable",
    "no_face",
    "one_person_only",
    "face_cut_off",
    "come_closer",
    "move_back",
    "too_dark",
    "too_bright",
    "blurred",
    "look_at_the_camera",
    "hold_still",
)
NEAR_ENOUGH, TOO_NEAR = 0.24, 0.85  # side of the face as a share of the frame's shorter side
DARK, BRIGHT = 0.2, 0.85  # brightness of the face
AWAY = 25.0  # degrees of yaw or pitch
CUT = 0.1  # share of the face beyond the frame's edge
RIVAL = 0.25  # another face counts from this share of the largest one's area
RESTLESS = 1.5  # faces' sides moved in a second


def second_face(faces: list[Seen]) -> bool:
    """Whether somebody else is so near to the camera that it is not clear who is meant."""
    return len(faces) > 1 and faces[1].area >= RIVAL * faces[0].area


def causes(face: Seen, shown: Iterable[str] = (), *, speed: float = 0.0) -> set[str]:
    """The codes that apply to the face of the person meant.

    Args:
        shown: the codes shown at the moment.
        speed: of the face's centre, in sides of the face a second.
    """
    shown = set(shown)

    def over(value: float, bound: float, code: str) -> bool:
        return value > bound * (1 - MARGIN if code in shown else 1)

    def under(value: float, bound: float, code: str) -> bool:
        return value < bound * (1 + MARGIN if code in shown else 1)

    quality = face.face.quality
    found = {
        "face_cut_off": over(face.face.outside, CUT, "face_cut_off") or not face.face.complete,
        "come_closer": under(face.side, NEAR_ENOUGH, "come_closer"),
        "move_back": over(face.side, TOO_NEAR, "move_back"),
        "too_dark": under(quality.brightness, DARK, "too_dark"),
        "too_bright": over(quality.brightness, BRIGHT, "too_bright"),
        "blurred": under(quality.sharpness, conditions.BLURRED, "blurred"),
        "look_at_the_camera": over(
            max(abs(quality.yaw), abs(quality.pitch)), AWAY, "look_at_the_camera"
        ),
        "hold_still": over(speed, RESTLESS, "hold_still"),
    }
    return {code for code, applies in found.items() if applies}


class Guidance:
    """The hints of a session. Times in seconds."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}  # when the present cause was first seen
        self._last: dict[str, float] = {}  # when a hint's cause was last seen
        self.shown: tuple[str, ...] = ()

    def take(self, found: set[str], at: float) -> tuple[str, ...]:
        """What to show now that these codes apply; the most important first."""
        self._since = {code: self._since.get(code, at) for code in found}
        self._last |= dict.fromkeys(found, at)
        lasting = {code for code in found if at - self._since[code] >= APPEARS}
        recent = {code for code in self.shown if at - self._last[code] <= GOES}
        present = sorted(lasting | recent, key=CODES.index)
        self.shown = tuple(present[:SHOWN])
        return self.shown
