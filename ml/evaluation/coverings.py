"""Drawn coverings: sunglasses, masks, scarves, hands, bars, glasses, beards and shadows on a photo.

A covering is drawn in the face's own frame: u runs across, v down; the eyes are at (-0.5, 0) and
(0.5, 0), the middle of the mouth at (0, 1). `TRAINED` are the kinds that the network of
`ml.faces.coverage` learns from, `UNSEEN` kinds of other shapes and fills are only measured on, and
`OPEN` change a face without hiding its features.
"""

from dataclasses import dataclass

import cv2
import numpy as np

# Ellipses in the face's frame: u, v and half axes.
FEATURES = {
    "left_eye": (-0.5, 0.0, 0.2, 0.1),
    "right_eye": (0.5, 0.0, 0.2, 0.1),
    "nose": (0.0, 0.55, 0.2, 0.22),
    "mouth": (0.0, 1.0, 0.4, 0.12),
}


@dataclass(frozen=True)
class Drawn:
    """The photo, uint8 RGB (H, W, 3), and how much of each pixel is hidden, float32 (H, W), 0-1."""

    pixels: np.ndarray
    hidden: np.ndarray


class Canvas:
    """A photo that shapes are laid on.

    Args:
        pixels: uint8 RGB (H, W, 3).
        landmarks: float (5, 2): eyes, nose and mouth corners, in pixels.
    """

    def __init__(self, pixels: np.ndarray, landmarks: np.ndarray):
        landmarks = np.asarray(landmarks, np.float64)
        self.origin = landmarks[:2].mean(axis=0)
        self.across = landmarks[1] - landmarks[0]
        self.down = landmarks[3:].mean(axis=0) - self.origin
        self.unit = float(np.linalg.norm(self.across))
        self.pixels = pixels.astype(np.float32)
        self.hidden = np.zeros(pixels.shape[:2], np.float32)

    def place(self, points) -> np.ndarray:
        """Points (n, 2) of the face's frame in pixels."""
        points = np.asarray(points, np.float64)
        return self.origin + points[:, :1] * self.across + points[:, 1:] * self.down

    def area(self, points) -> np.ndarray:
        """The polygon `points` as a soft mask, float32 (H, W)."""
        return self._soft([np.round(self.place(points) * 16).astype(np.int32)])

    def stroke(self, points, width: float) -> np.ndarray:
        """The open line `points`, `width` in eye distances, as a soft mask."""
        area = np.zeros(self.hidden.shape, np.uint8)
        line = [np.round(self.place(points) * 16).astype(np.int32)]
        cv2.polylines(area, line, False, 255, max(1, round(width * self.unit)), cv2.LINE_AA, 4)
        return area.astype(np.float32) / 255

    def lay(self, area: np.ndarray, fill, opacity=1.0) -> None:
        """Cover `area` with a colour (3,) or a picture (H, W, 3)."""
        alpha = area * opacity
        fill = np.asarray(fill, np.float32)
        self.pixels += alpha[..., None] * (fill - self.pixels)
        self.hidden = np.maximum(self.hidden, alpha)

    def dim(self, area: np.ndarray, light: float) -> None:
        """Leave a share of the light in `area`: a shadow, which hides nothing."""
        self.pixels *= 1 - area[..., None] * (1 - light)

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """u and v of every pixel, each float32 (H, W)."""
        inverse = np.linalg.inv(np.stack([self.across, self.down], axis=1))
        rows, columns = np.indices(self.hidden.shape, np.float32)
        x, y = columns - self.origin[0], rows - self.origin[1]
        return (
            (inverse[0, 0] * x + inverse[0, 1] * y).astype(np.float32),
            (inverse[1, 0] * x + inverse[1, 1] * y).astype(np.float32),
        )

    def lit(self, fill, strength: float) -> np.ndarray:
        """A fill under the light that falls on the face: brighter where the photo is, (H, W, 3)."""
        luma = cv2.GaussianBlur(self.pixels.mean(axis=2), (0, 0), max(1.0, 0.3 * self.unit))
        light = luma / max(float(np.median(luma)), 1.0)
        light = (1 + strength * (light - 1)).clip(0.3, 1.6)
        return np.asarray(fill, np.float32) * light[..., None]

    def done(self) -> Drawn:
        return Drawn(self.pixels.round().clip(0, 255).astype(np.uint8), self.hidden)

    def _soft(self, polygons) -> np.ndarray:
        area = np.zeros(self.hidden.shape, np.uint8)
        cv2.fillPoly(area, polygons, 255, cv2.LINE_AA, 4)
        return area.astype(np.float32) / 255


def draw(kind: str, pixels: np.ndarray, landmarks: np.ndarray, rng) -> Drawn:
    """A photo with a covering of one of `KINDS`; `rng` chooses its form and colours."""
    canvas = Canvas(pixels, landmarks)
    KINDS[kind](canvas, rng)
    return canvas.done()


def shares(drawn: Drawn, landmarks: np.ndarray) -> np.ndarray:
    """How much of each of `FEATURES` is hidden, 0-1, (4,); what lies outside the photo is."""
    canvas = Canvas(drawn.pixels, landmarks)
    height, width = drawn.hidden.shape
    found = []
    for u, v, a, b in FEATURES.values():
        grid = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)), -1).reshape(
            -1, 2
        )
        points = canvas.place(grid[(grid**2).sum(axis=1) <= 1] * (a, b) + (u, v))
        columns, rows = np.round(points).astype(int).T
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        hidden = drawn.hidden[rows.clip(0, height - 1), columns.clip(0, width - 1)]
        found.append(np.where(inside, hidden, 1.0).mean())
    return np.array(found, np.float32)


SIDES = ("left", "right", "top", "below")


def cut_frame(shape, box, side: str, share: float) -> tuple[int, int, int, int]:
    """The frame (left, top, right, bottom) that is left of a photo of `shape` (H, W, ...) when it is
    cut off at one of `SIDES`, so that this share of the face's box is gone."""
    left, top, right, bottom = (float(value) for value in box)
    frame = [0, 0, shape[1], shape[0]]
    edge = {
        "left": left + share * (right - left),
        "top": top + share * (bottom - top),
        "right": right - share * (right - left),
        "below": bottom - share * (bottom - top),
    }[side]
    at = ("left", "top", "right", "below").index(side)
    frame[at] = min(max(round(edge), 0), shape[1 - at % 2])
    return tuple(frame)


# Sunglasses


def _ellipse(u, v, a, b, power=2.0, turn=0.0):
    """A closed curve about (u, v): an ellipse for the power 2, more of a rectangle above it."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = a * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power)
    y = b * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power)
    return np.stack(
        [u + x * np.cos(turn) - y * np.sin(turn), v + x * np.sin(turn) + y * np.cos(turn)], axis=1
    )


def _dark(rng):
    return rng.uniform(0, 55) + rng.uniform(0, 35, 3)


def _any(rng):
    return rng.uniform(0, 255, 3)


def _glasses(canvas, rng, lens, fill, opacity) -> None:
    """Two lenses (the right one's curve, mirrored for the left), a bridge and temples."""
    u, v, a, b, power, turn = lens
    frame = _any(rng) if rng.random() < 0.3 else _dark(rng)
    rim = rng.uniform(0.02, 0.09)
    for side in (-1, 1):
        curve = _ellipse(u, v, a, b, power, turn) * (side, 1)
        canvas.lay(canvas.area(curve), fill, opacity)
        if rng.random() < 0.7:
            canvas.lay(canvas.stroke(np.vstack([curve, curve[:1]]), rim), frame)
        temple = [(side * (u + a), v - 0.3 * b), (side * 1.15, v - 0.1)]
        canvas.lay(canvas.stroke(temple, rng.uniform(0.03, 0.1)), frame)
    canvas.lay(canvas.stroke([(a - u, v - 0.2 * b), (u - a, v - 0.2 * b)], rim + 0.03), frame)


def _lens_fill(canvas, rng, style):
    """What lenses look like, and their opacity."""
    u, v = canvas.coordinates()
    if style == "flat":
        return _dark(rng), rng.uniform(0.85, 1.0)
    if style == "graded":
        top, bottom = rng.uniform(0.9, 1.0), rng.uniform(0.5, 0.9)
        share = ((v + 0.3) / 0.6).clip(0, 1)
        return _dark(rng), top + (bottom - top) * share
    # Mirrored: a bright sky above a darker ground, with a highlight across.
    sky, ground = rng.uniform(90, 255, 3), rng.uniform(10, 140, 3)
    share = 1 / (1 + np.exp(-(v - rng.uniform(-0.1, 0.1)) / 0.06))
    fill = sky + (ground - sky) * share[..., None]
    shine = np.exp(-(((u % 0.9) - rng.uniform(0.2, 0.7) + 0.5 * v) ** 2) / 0.006)
    return fill + (255 - fill) * (rng.uniform(0, 0.8) * shine)[..., None], rng.uniform(0.88, 1.0)


def _lens(rng, power, turn, tall):
    a = rng.uniform(0.3, 0.46)
    return (
        rng.uniform(0.47, 0.53),
        rng.uniform(-0.04, 0.1),
        a,
        a * rng.uniform(*tall),
        power,
        turn,
    )


def _sunglasses_oval(canvas, rng):
    lens = _lens(rng, rng.uniform(1.8, 2.4), rng.uniform(-0.1, 0.1), (0.6, 0.85))
    _glasses(canvas, rng, lens, *_lens_fill(canvas, rng, rng.choice(["flat", "graded"])))


def _sunglasses_square(canvas, rng):
    lens = _lens(rng, rng.uniform(3.5, 6), rng.uniform(-0.05, 0.15), (0.5, 0.8))
    _glasses(canvas, rng, lens, *_lens_fill(canvas, rng, rng.choice(["flat", "graded"])))


def _sunglasses_aviator(canvas, rng):
    """Drops that hang outwards, mirrored or dark."""
    u, v = rng.uniform(0.48, 0.54), rng.uniform(0.0, 0.08)
    a, b = rng.uniform(0.34, 0.44), rng.uniform(0.26, 0.36)
    fill, opacity = _lens_fill(canvas, rng, rng.choice(["mirror", "graded", "flat"]))
    wire = _any(rng)
    for side in (-1, 1):
        curve = _ellipse(0, 0, a, b, 2.6)
        curve[:, 0] += 0.25 * curve[:, 1]
        curve = (curve + (u, v)) * (side, 1)
        canvas.lay(canvas.area(curve), fill, opacity)
        canvas.lay(canvas.stroke(np.vstack([curve, curve[:1]]), 0.03), wire)
    for height in (-0.18, -0.06):
        canvas.lay(canvas.stroke([(-0.16, v + height), (0.16, v + height)], 0.03), wire)


def _sunglasses_round(canvas, rng):
    """Small round lenses of any strong colour."""
    a = rng.uniform(0.27, 0.36)
    fill = rng.uniform(0, 150, 3)
    lens = (rng.uniform(0.47, 0.53), rng.uniform(0, 0.06), a, a, 2.0, 0.0)
    _glasses(canvas, rng, lens, fill, rng.uniform(0.88, 1.0))


def _sunglasses_shield(canvas, rng):
    """One lens across both eyes: sports glasses, a visor, ski goggles."""
    top, bottom = rng.uniform(-0.42, -0.22), rng.uniform(0.2, 0.48)
    wide = rng.uniform(0.9, 1.15)
    right = [
        (0.15, bottom - 0.1),
        (0.5, bottom),
        (wide, bottom - 0.15),
        (wide, top + 0.05),
        (0, top),
    ]
    shape = [*right, *[(-u, v) for u, v in right[::-1]]]
    fill, opacity = _lens_fill(canvas, rng, rng.choice(["mirror", "flat"]))
    canvas.lay(canvas.area(shape), fill, opacity)


# Fills of cloth


def _cloth(canvas, rng, patterns):
    """A picture (H, W, 3) of cloth under the light of the photo."""
    u, v = canvas.coordinates()
    first, second = _any(rng), _any(rng)
    pattern = rng.choice(patterns)
    if pattern == "surgical":
        base = np.array([165, 200, 215]) + rng.normal(0, 18, 3)
        second = first = base if rng.random() < 0.6 else np.full(3, rng.uniform(10, 250))
        share = np.zeros_like(u)
    elif pattern == "stripes":
        angle, step = rng.uniform(0, np.pi), rng.uniform(0.08, 0.4)
        share = np.sin((u * np.cos(angle) + v * np.sin(angle)) * 2 * np.pi / step) > 0
    elif pattern == "noise":
        grain = rng.normal(0, 1, u.shape).astype(np.float32)
        share = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.02, 0.12) * canvas.unit + 0.3)
        share = (0.5 + 0.4 * share / (share.std() + 1e-6)).clip(0, 1)
    elif pattern == "checks":
        step = rng.uniform(0.1, 0.35)
        share = (np.floor(u / step) + np.floor(v / step)) % 2
    elif pattern == "dots":
        step = rng.uniform(0.15, 0.4)
        share = ((u % step) - step / 2) ** 2 + ((v % step) - step / 2) ** 2 < (0.3 * step) ** 2
    elif pattern == "flowers":
        waves = sum(
            np.sin(u * rng.uniform(-25, 25) + v * rng.uniform(-25, 25) + rng.uniform(0, 6))
            for _ in range(4)
        )
        share = 1 / (1 + np.exp(-3 * waves))
    else:
        share = np.zeros_like(u)
    fill = first + (second - first) * np.asarray(share, np.float32)[..., None]
    return canvas.lit(fill, rng.uniform(0.3, 1.0)).clip(0, 255)


TRAINED_CLOTH = ("surgical", "plain", "stripes", "noise")
UNSEEN_CLOTH = ("plain", "checks", "dots", "flowers")


# Masks


def _mask_flat(canvas, rng):
    """A surgical mask: a trapezium with folds and loops; some are worn below the nose."""
    top = rng.uniform(0.25, 0.55) if rng.random() < 0.85 else rng.uniform(0.6, 0.75)
    bottom, wide = rng.uniform(1.45, 1.9), rng.uniform(0.65, 1.0)
    right = [
        (0, top),
        (wide, top + rng.uniform(0, 0.3)),
        (wide * 0.95, 1.2),
        (rng.uniform(0.3, 0.6), bottom),
    ]
    shape = [*right, *[(-u, v) for u, v in right[:0:-1]]]
    canvas.lay(canvas.area(shape), _cloth(canvas, rng, TRAINED_CLOTH))
    for height in np.arange(top + 0.3, bottom - 0.2, 0.25) if rng.random() < 0.6 else ():
        canvas.dim(canvas.stroke([(-wide, height), (wide, height)], 0.03), 0.8)
    for side in (-1, 1) if rng.random() < 0.7 else ():
        loop = [(side * wide, top + 0.2), (side * 1.2, 0.1)]
        canvas.lay(canvas.stroke(loop, 0.03), np.full(3, rng.uniform(100, 250)))


def _mask_curved(canvas, rng):
    """A cloth mask with a rounded edge and a seam down the middle."""
    top, bottom, wide = rng.uniform(0.3, 0.55), rng.uniform(1.5, 1.9), rng.uniform(0.6, 0.95)
    u = np.linspace(-1, 1, 21)
    edge = np.stack([u * wide, top + (0.75 - top) * np.abs(u) ** 1.7], axis=1)
    chin = np.stack([-u * wide, bottom - (bottom - 0.75) * np.abs(u) ** 2.5], axis=1)
    canvas.lay(canvas.area(np.vstack([edge, chin])), _cloth(canvas, rng, TRAINED_CLOTH))
    if rng.random() < 0.5:
        canvas.dim(canvas.stroke([(0, top), (0, bottom)], 0.03), rng.uniform(0.7, 1.2))


def _mask_dome(canvas, rng):
    """A filtering half mask: a cup about the nose and mouth, with a valve or a duckbill's fold."""
    centre, a, b = rng.uniform(0.92, 1.05), rng.uniform(0.55, 0.85), rng.uniform(0.55, 0.72)
    cloth = _cloth(canvas, rng, UNSEEN_CLOTH)
    if rng.random() < 0.4:
        cloth = canvas.lit(np.full(3, rng.uniform(180, 250)), 1.0).clip(0, 255)
    canvas.lay(canvas.area(_ellipse(0, centre, a, b, rng.uniform(2, 3))), cloth)
    if rng.random() < 0.5:
        side = rng.uniform(-0.3, 0.3)
        valve = _ellipse(side, centre + 0.1, 0.16, 0.14)
        canvas.lay(canvas.area(valve), np.full(3, rng.uniform(120, 240)))
    canvas.dim(canvas.stroke([(-a, centre), (a, centre)], 0.04), rng.uniform(0.7, 1.0))


def _scarf(canvas, rng):
    """Cloth from below the nose to below the chin, wider than the face."""
    top = rng.uniform(0.4, 0.75)
    slant = rng.uniform(-0.12, 0.12)
    shape = [
        (-1.5, top + 0.3 - slant),
        (-0.5, top + rng.uniform(-0.05, 0.1) - slant),
        (0, top),
        (0.5, top + rng.uniform(-0.05, 0.1) + slant),
        (1.5, top + 0.3 + slant),
        (1.8, 3.0),
        (-1.8, 3.0),
    ]
    canvas.lay(canvas.area(shape), _cloth(canvas, rng, UNSEEN_CLOTH))
    for _ in range(rng.integers(0, 5)):
        height = rng.uniform(0.8, 2.2)
        fold = [(-1.4, height), (0, height + rng.uniform(-0.2, 0.4)), (1.4, height)]
        canvas.dim(canvas.stroke(fold, rng.uniform(0.05, 0.15)), rng.uniform(0.6, 0.95))


# What else stands before a face


def _skin(canvas):
    """The face's own skin: the median colour of the cheeks."""
    cheeks = canvas.area(_ellipse(-0.45, 0.5, 0.15, 0.15)) + canvas.area(
        _ellipse(0.45, 0.5, 0.15, 0.15)
    )
    inside = canvas.pixels[cheeks > 0.5]
    return np.median(inside, axis=0) if len(inside) else np.array([170.0, 130.0, 110.0])


def _hand(canvas, rng):
    """Fingers of the face's own colour before the mouth, an eye or both."""
    skin = canvas.lit(_skin(canvas) * rng.uniform(0.8, 1.15), 0.5).clip(0, 255)
    over_mouth = rng.random() < 0.6
    u = rng.uniform(-0.3, 0.3) if over_mouth else rng.choice([-0.5, 0.5])
    v = rng.uniform(0.85, 1.1) if over_mouth else rng.uniform(-0.05, 0.15)
    tilt = rng.uniform(-0.4, 0.4)
    for finger in range(4):
        height = v + (finger - 1.5) * 0.22
        if not over_mouth:
            height = v + (finger - 1.5) * 0.2
        long = rng.uniform(0.8, 1.1) if over_mouth else rng.uniform(0.4, 0.6)
        curve = _ellipse(u, height + tilt * 0.1, long, 0.125, 3.0, tilt)
        area = canvas.area(curve)
        canvas.lay(area, skin * rng.uniform(0.93, 1.05))
        canvas.dim(canvas.stroke(curve[2:18], 0.035), 0.75)


def _thing(canvas, rng):
    """Something of any colour and outline before the mouth, an eye or both eyes."""
    u, v, a, b = (
        (rng.uniform(-0.2, 0.2), rng.uniform(0.95, 1.15), rng.uniform(0.5, 0.9), 0.4),
        (rng.choice([-0.5, 0.5]), rng.uniform(-0.1, 0.1), rng.uniform(0.3, 0.5), 0.35),
        (0.0, rng.uniform(-0.1, 0.1), rng.uniform(0.85, 1.2), rng.uniform(0.22, 0.4)),
    )[rng.integers(3)]
    curve = _ellipse(u, v, a, b, rng.uniform(1.6, 6), rng.uniform(-0.2, 0.2))
    curve = curve + rng.normal(0, 0.02, curve.shape)
    canvas.lay(canvas.area(curve), _cloth(canvas, rng, TRAINED_CLOTH))


def _bar(canvas, rng):
    """A bar across the eyes or the mouth, as editors put it, of one colour or blurred."""
    v = rng.choice([0.0, 1.0]) + rng.uniform(-0.05, 0.05)
    high, wide = rng.uniform(0.2, 0.35), rng.uniform(0.9, 1.3)
    area = canvas.area([(-wide, v - high), (wide, v - high), (wide, v + high), (-wide, v + high)])
    if rng.random() < 0.5:
        canvas.lay(area, np.full(3, rng.choice([0.0, 128.0, 255.0])))
    else:
        canvas.lay(area, cv2.GaussianBlur(canvas.pixels, (0, 0), 0.35 * canvas.unit))


# What hides no feature


def _eyeglasses(canvas, rng):
    """Clear glasses: rims, and lenses that take little light."""
    lens = _lens(rng, rng.uniform(1.8, 5), rng.uniform(-0.1, 0.1), (0.55, 0.95))
    tint = 255.0 if rng.random() < 0.5 else _dark(rng)
    _glasses(canvas, rng, lens, tint, rng.uniform(0, 0.25))


def _chin_mask(canvas, rng):
    """A mask pulled down to the chin."""
    top, bottom, wide = rng.uniform(1.3, 1.45), rng.uniform(1.8, 2.2), rng.uniform(0.6, 0.9)
    shape = [(-wide, top - 0.1), (0, top), (wide, top - 0.1), (0.5, bottom), (-0.5, bottom)]
    canvas.lay(canvas.area(shape), _cloth(canvas, rng, TRAINED_CLOTH))


def _beard(canvas, rng):
    """Hair about the mouth: darker and rough, the lips left free."""
    u, v = canvas.coordinates()
    width, top = rng.uniform(0.65, 1.0), rng.uniform(0.72, 0.85)
    jaw = canvas.area(
        [(-width, 0.6), (-0.4, top), (0.4, top), (width, 0.6), (0.5, 1.9), (-0.5, 1.9)]
    )
    lips = np.exp(-(((u / 0.42) ** 2 + ((v - 1.02) / 0.14) ** 2) ** 2))
    grain = cv2.GaussianBlur(rng.normal(0, 1, u.shape).astype(np.float32), (0, 0), 0.8)
    area = cv2.GaussianBlur(jaw, (0, 0), max(0.5, 0.08 * canvas.unit)) * (1 - lips)
    light = rng.uniform(0.25, 0.75)
    canvas.dim((area * (1 + 0.3 * grain)).clip(0, 1), light)


def _shadow(canvas, rng):
    """A cap's or a side light's shadow: darker, with its detail left."""
    u, v = canvas.coordinates()
    angle, edge = rng.choice([0, np.pi / 2, np.pi, -np.pi / 2]) + rng.normal(0, 0.3), 0.0
    along = u * np.cos(angle) + (v - 0.4) * np.sin(angle)
    edge = rng.uniform(-0.4, 0.4)
    canvas.dim(1 / (1 + np.exp(-(along - edge) / rng.uniform(0.02, 0.3))), rng.uniform(0.2, 0.7))


def _hat(canvas, rng):
    """A hat, a scarf about the hair or a fringe, down to above the eyes."""
    brim = rng.uniform(-0.75, -0.4)
    shape = [(-1.6, brim + 0.1), (0, brim), (1.6, brim + 0.1), (1.6, -2.5), (-1.6, -2.5)]
    canvas.lay(canvas.area(shape), _cloth(canvas, rng, TRAINED_CLOTH))


TRAINED = {
    "sunglasses_oval": _sunglasses_oval,
    "sunglasses_square": _sunglasses_square,
    "mask_flat": _mask_flat,
    "mask_curved": _mask_curved,
    "hand": _hand,
    "thing": _thing,
}
UNSEEN = {
    "sunglasses_aviator": _sunglasses_aviator,
    "sunglasses_round": _sunglasses_round,
    "sunglasses_shield": _sunglasses_shield,
    "mask_dome": _mask_dome,
    "scarf": _scarf,
    "bar": _bar,
}
OPEN = {
    "eyeglasses": _eyeglasses,
    "chin_mask": _chin_mask,
    "beard": _beard,
    "shadow": _shadow,
    "hat": _hat,
}
KINDS = TRAINED | UNSEEN | OPEN
