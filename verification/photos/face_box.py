"""A face on a photo, as it is drawn."""

from dataclasses import dataclass

LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Box:
    """A face on a photo, in pixels of the photo, ready for SVG attributes."""

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


def face_box(face: dict, *, chosen: bool) -> Box:
    """A face as the engine reports it, as a box to draw."""
    box = face["bounding_box"]
    points = face.get("landmarks") or {}
    return Box(
        number=face["index"] + 1,
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
