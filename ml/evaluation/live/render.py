"""Draws a surface with depth, which carries a photo, as a camera sees it.

The position of every pixel of the surface is projected through a pinhole camera; the frame is filled by
following these positions backwards. What a nose hides is smeared, not hidden: good enough for landmarks.
"""

from dataclasses import dataclass

import cv2
import numpy as np

FRAME = (480, 360)
FOCAL = 0.87  # of the frame's width: a webcam that sees 60 degrees
ROUNDS = 14  # of following positions backwards, each by
STEP = 0.6  # of what is missing, for where a head is steep a whole step would go too far
COARSE = 2  # pixels of the frame for each position followed


@dataclass(frozen=True)
class Pose:
    """Where a surface is: angles in degrees as in `ml.faces.quality.Quality`, the rest in millimetres.

    `x` and `y` are to the right and down; `distance` is from the camera to the surface's base.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 500.0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Surface:
    """A picture on a surface.

    Attributes:
        picture: uint8 RGB (h, w, 3).
        depth: float32 (h, w), millimetres from the base towards the camera.
        mask: float32 (h, w), 0 where there is no surface, 1 where there is.
        scale: millimetres for a pixel.
        centre: (x, y) of the axes that it turns about, pixels.
        axis: how far behind the base they lie, millimetres.
    """

    picture: np.ndarray
    depth: np.ndarray
    mask: np.ndarray
    scale: float
    centre: tuple[float, float]
    axis: float = 0.0


def draw(surface: Surface, pose: Pose, background: np.ndarray) -> np.ndarray:
    """The surface before a background, uint8 RGB (H, W, 3) -> the frame, of the same shape."""
    height, width = background.shape[:2]
    projected = _project(surface, pose, width, height)
    back_x, back_y = _followed_back(projected, width, height)
    size = (width, height)
    x, y = (cv2.resize(row, size, interpolation=cv2.INTER_LINEAR) for row in (back_x, back_y))
    picture = cv2.remap(surface.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.remap(surface.mask, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)[
        ..., None
    ]
    return (background * (1 - mask) + picture * mask).astype(np.uint8)


def _project(surface: Surface, pose: Pose, width: int, height: int) -> np.ndarray:
    """Where each pixel of the surface lies in the frame, float32 (h, w, 2)."""
    rows, columns = np.indices(surface.depth.shape, np.float32)
    x = (columns - surface.centre[0]) * surface.scale
    y = (rows - surface.centre[1]) * surface.scale
    z = -surface.depth - surface.axis
    yaw, pitch, roll = np.radians((pose.yaw, pose.pitch, pose.roll))
    x, z = x * np.cos(yaw) - z * np.sin(yaw), x * np.sin(yaw) + z * np.cos(yaw)
    y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
    x, y = x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)
    away = np.maximum(z + surface.axis + pose.distance, 1.0)
    focal = FOCAL * width
    return np.stack(
        [
            width / 2 + focal * (x + pose.x) / away,
            height / 2 + focal * (y + pose.y) / away,
        ],
        axis=-1,
    ).astype(np.float32)


def _followed_back(projected: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """For a coarse grid over the frame, the pixel of the surface that is seen: x and y, float32."""
    rows, columns = np.indices((height // COARSE, width // COARSE), np.float32)
    wanted = np.stack([columns, rows], axis=-1) * COARSE + (COARSE - 1) / 2
    high, wide = projected.shape[:2]
    # The whole surface's linear part, by which a step in the frame becomes one on the surface.
    corners = projected[:: high - 1, :: wide - 1]
    across = (corners[:, 1] - corners[:, 0]).mean(axis=0) / (wide - 1)
    down = (corners[1] - corners[0]).mean(axis=0) / (high - 1)
    inverse = np.linalg.inv(np.stack([across, down], axis=1)).astype(np.float32)
    at = (wanted - corners[0, 0]) @ inverse.T
    for _ in range(ROUNDS):
        seen = cv2.remap(
            projected, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        at = at + STEP * (wanted - seen) @ inverse.T
    # Beyond the surface nothing is found: far outside, where the mask is empty.
    lost = np.abs(wanted - seen).max(axis=-1) > 4 * COARSE
    at[lost] = -1e4
    return np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
