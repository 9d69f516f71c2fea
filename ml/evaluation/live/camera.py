"""A made camera: what it sees at each time, as JPEG frames."""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from ml import images
from ml.evaluation.live.motion import Motion
from ml.evaluation.live.render import Surface, draw

QUALITY = 80  # of the JPEGs, as a browser makes them
NOISE = 2.5  # standard deviation of the sensor's noise, of 255


@dataclass
class Actor:
    """Something before the camera, and how it moves; it is there while `present` says so."""

    surface: Surface
    motion: Motion
    present: Callable[[float], bool] = lambda at: True


@dataclass
class Scene:
    """Actors before a background; those who come later stand in front.

    Attributes:
        light: what all brightness is multiplied by.
        blur: pixels, standard deviation of the focus.
    """

    actors: list[Actor]
    background: np.ndarray
    rng: np.random.Generator
    light: float = 1.0
    blur: float = 0.0
    asked: list[tuple[str, float]] = field(default_factory=list)

    def ask(self, step: str, at: float) -> None:
        """Everyone there hears what is asked."""
        self.asked.append((step, at))
        for actor in self.actors:
            actor.motion.ask(step, at)

    def pixels(self, at: float) -> np.ndarray:
        """The picture at this time, uint8 RGB (H, W, 3)."""
        frame = self.background
        for actor in self.actors:
            if actor.present(at):
                frame = draw(actor.surface, actor.motion.pose(at), frame)
        if self.blur:
            frame = cv2.GaussianBlur(frame, (0, 0), self.blur)
        noise = self.rng.normal(0, NOISE, frame.shape[:2])[..., None]
        return (frame * self.light + noise).clip(0, 255).astype(np.uint8)

    def frame(self, at: float) -> bytes:
        """The picture at this time as JPEG."""
        return images.encode_jpeg(self.pixels(at), QUALITY)


def film(scene: Scene, *, seconds: float, per_second: float = 10) -> list[bytes]:
    """The frames of a scene from the time 0 on, as JPEG."""
    return [scene.frame(number / per_second) for number in range(round(seconds * per_second))]
