"""A face on a photo, as it is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass

LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Box:
    """A face on a photo, in pixels of the photo, ready for SVG attributes. `number` is what people
    call it, `index` what the engine and the API call it."""

    number: int
    index: int
    left: float
    top: float
    width: float
    height: float
    chosen: bool
    landmarks: tuple

    @property
    def dot(self) -> float:
        return round(max(self.width / 45, 1), 1)

    @property
    def label_size(self) -> float:
        return round(max(self.width / 4, 9), 1)

    @property
    def label_x(self) -> float:
        return round(self.left + self.label_size * 0.75, 1)

    @property
    def label_y(self) -> float:
        return round(self.top + self.label_size * 0.75, 1)

    @property
    def label_radius(self) -> float:
        return round(self.label_size * 0.62, 1)

    @property
    def close_up(self) -> str:
        """viewBox of the face with a margin, square."""
        side = max(self.width, self.height) * 1.5
        x = self.left + self.width / 2 - side / 2
        y = self.top + self.height / 2 - side / 2
        return f"{x:.1f} {y:.1f} {side:.1f} {side:.1f}"


def face_boxes(faces: Iterable[dict], *, chosen: dict | None = None) -> tuple[Box, ...]:
    """The faces of a photo as the engine reports them, as boxes to draw: numbered from left to
    right, as people read them."""
    ordered = sorted(faces, key=_middle)
    return tuple(
        _box(face, number=number, chosen=face is chosen) for number, face in enumerate(ordered, 1)
    )


def _middle(face: dict) -> float:
    box = face["bounding_box"]
    return box["left"] + box["width"] / 2


def _box(face: dict, *, number: int, chosen: bool) -> Box:
    box = face["bounding_box"]
    points = face.get("landmarks") or {}
    return Box(
        number=number,
        index=face["index"],
        left=round(box["left"], 1),
        top=round(box["top"], 1),
        width=round(box["width"], 1),
        height=round(box["height"], 1),
        chosen=chosen,
        landmarks=tuple(
            (round(points[name][0], 1), round(points[name][1], 1))
            for name in LANDMARKS
            if name in points
        ),
    )
