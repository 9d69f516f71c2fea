"""Hands, objects and bars in front of a face; beards, shadows and hats, which hide no feature."""

import cv2
import numpy as np

from ml.decision.logistic import sigmoid
from ml.evaluation.coverings.canvas import ellipse
from ml.evaluation.coverings.cloth import TRAINED_CLOTH, cloth


def _skin(canvas):
    """The colour of the face's skin: the median over the cheeks."""
    cheeks = canvas.area(ellipse(-0.45, 0.5, 0.15, 0.15)) + canvas.area(
        ellipse(0.45, 0.5, 0.15, 0.15)
    )
    inside = canvas.pixels[cheeks > 0.5]
    return np.median(inside, axis=0) if len(inside) else np.array([170.0, 130.0, 110.0])


def hand(canvas, rng):
    """Fingers of the face's own colour over the mouth, an eye or both."""
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
        curve = ellipse(u, height + tilt * 0.1, long, 0.125, 3.0, tilt)
        area = canvas.area(curve)
        canvas.lay(area, skin * rng.uniform(0.93, 1.05))
        canvas.dim(canvas.stroke(curve[2:18], 0.035), 0.75)


def thing(canvas, rng):
    """An object of any colour and outline, or another part of the photo, over the mouth or the eyes."""
    u, v, a, b = (
        (rng.uniform(-0.2, 0.2), rng.uniform(0.95, 1.15), rng.uniform(0.5, 0.9), 0.4),
        (rng.choice([-0.5, 0.5]), rng.uniform(-0.1, 0.1), rng.uniform(0.3, 0.5), 0.35),
        (0.0, rng.uniform(-0.1, 0.1), rng.uniform(0.85, 1.2), rng.uniform(0.22, 0.4)),
    )[rng.choice([0, 1, 2, 2])]
    curve = ellipse(u, v, a, b, rng.uniform(1.6, 6), rng.uniform(-0.2, 0.2))
    curve = curve + rng.normal(0, 0.02, curve.shape)
    fill = cloth(canvas, rng, TRAINED_CLOTH)
    if rng.random() < 0.3:
        step = max(2, round(canvas.unit * rng.uniform(0.2, 0.5)))
        fill = np.roll(canvas.pixels, rng.integers(-3, 4, 2) * step, axis=(0, 1))
    canvas.lay(canvas.area(curve), fill)


def bar(canvas, rng):
    """A bar across the eyes or the mouth, as editors use it, in one colour or blurred."""
    v = rng.choice([0.0, 1.0]) + rng.uniform(-0.05, 0.05)
    high, wide = rng.uniform(0.2, 0.35), rng.uniform(0.9, 1.3)
    area = canvas.area([(-wide, v - high), (wide, v - high), (wide, v + high), (-wide, v + high)])
    if rng.random() < 0.5:
        canvas.lay(area, np.full(3, rng.choice([0.0, 128.0, 255.0])))
    else:
        canvas.lay(area, cv2.GaussianBlur(canvas.pixels, (0, 0), 0.35 * canvas.unit))


def beard(canvas, rng):
    """A beard: darker and rough, without the lips."""
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


def shadow(canvas, rng):
    """The shadow of a cap or of light from one side: darker, with all details."""
    u, v = canvas.coordinates()
    angle, edge = rng.choice([0, np.pi / 2, np.pi, -np.pi / 2]) + rng.normal(0, 0.3), 0.0
    along = u * np.cos(angle) + (v - 0.4) * np.sin(angle)
    edge = rng.uniform(-0.4, 0.4)
    canvas.dim(sigmoid((along - edge) / rng.uniform(0.02, 0.3)), rng.uniform(0.2, 0.7))


def hat(canvas, rng):
    """A hat, a headscarf or a fringe that ends above the eyes."""
    brim = rng.uniform(-0.75, -0.4)
    shape = [(-1.6, brim + 0.1), (0, brim), (1.6, brim + 0.1), (1.6, -2.5), (-1.6, -2.5)]
    canvas.lay(canvas.area(shape), cloth(canvas, rng, TRAINED_CLOTH))
