"""Masks and scarves of several shapes and fabrics."""

import cv2
import numpy as np

from ml.decision.logistic import sigmoid
from ml.evaluation.coverings.canvas import any_colour, ellipse

TRAINED_CLOTH = ("surgical", "plain", "stripes", "noise")
UNSEEN_CLOTH = ("plain", "checks", "dots", "flowers")


def cloth(canvas, rng, patterns):
    """A picture (H, W, 3) of cloth under the light of the photo."""
    u, v = canvas.coordinates()
    first, second = any_colour(rng), any_colour(rng)
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
        waves = np.zeros_like(u)
        for _ in range(4):
            angle = u * rng.uniform(-25, 25) + v * rng.uniform(-25, 25) + rng.uniform(0, 6)
            waves = waves + np.sin(angle)
        share = sigmoid(3 * waves)
    else:
        share = np.zeros_like(u)
    fill = first + (second - first) * np.asarray(share, np.float32)[..., None]
    return canvas.lit(fill, rng.uniform(0.3, 1.0)).clip(0, 255)


def mask_flat(canvas, rng):
    """A surgical mask: a trapezium with folds and ear loops, sometimes worn below the nose."""
    top = rng.uniform(0.25, 0.55) if rng.random() < 0.85 else rng.uniform(0.6, 0.75)
    bottom, wide = rng.uniform(1.45, 1.9), rng.uniform(0.65, 1.0)
    right = [
        (0, top),
        (wide, top + rng.uniform(0, 0.3)),
        (wide * 0.95, 1.2),
        (rng.uniform(0.3, 0.6), bottom),
    ]
    shape = [*right, *[(-u, v) for u, v in right[:0:-1]]]
    canvas.lay(canvas.area(shape), cloth(canvas, rng, TRAINED_CLOTH))
    for height in np.arange(top + 0.3, bottom - 0.2, 0.25) if rng.random() < 0.6 else ():
        canvas.dim(canvas.stroke([(-wide, height), (wide, height)], 0.03), 0.8)
    for side in (-1, 1) if rng.random() < 0.7 else ():
        loop = [(side * wide, top + 0.2), (side * 1.2, 0.1)]
        canvas.lay(canvas.stroke(loop, 0.03), np.full(3, rng.uniform(100, 250)))


def mask_curved(canvas, rng):
    """A cloth mask with a rounded edge and a seam down the middle."""
    top, bottom, wide = rng.uniform(0.3, 0.55), rng.uniform(1.5, 1.9), rng.uniform(0.6, 0.95)
    u = np.linspace(-1, 1, 21)
    edge = np.stack([u * wide, top + (0.75 - top) * np.abs(u) ** 1.7], axis=1)
    chin = np.stack([-u * wide, bottom - (bottom - 0.75) * np.abs(u) ** 2.5], axis=1)
    canvas.lay(canvas.area(np.vstack([edge, chin])), cloth(canvas, rng, TRAINED_CLOTH))
    if rng.random() < 0.5:
        canvas.dim(canvas.stroke([(0, top), (0, bottom)], 0.03), rng.uniform(0.7, 1.2))


def mask_dome(canvas, rng):
    """A filtering half mask: a cup over nose and mouth, with a fold and sometimes a valve."""
    centre, a, b = rng.uniform(0.92, 1.05), rng.uniform(0.55, 0.85), rng.uniform(0.55, 0.72)
    stuff = cloth(canvas, rng, UNSEEN_CLOTH)
    if rng.random() < 0.4:
        stuff = canvas.lit(np.full(3, rng.uniform(180, 250)), 1.0).clip(0, 255)
    canvas.lay(canvas.area(ellipse(0, centre, a, b, rng.uniform(2, 3))), stuff)
    if rng.random() < 0.5:
        side = rng.uniform(-0.3, 0.3)
        valve = ellipse(side, centre + 0.1, 0.16, 0.14)
        canvas.lay(canvas.area(valve), np.full(3, rng.uniform(120, 240)))
    canvas.dim(canvas.stroke([(-a, centre), (a, centre)], 0.04), rng.uniform(0.7, 1.0))


def scarf(canvas, rng):
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
    canvas.lay(canvas.area(shape), cloth(canvas, rng, UNSEEN_CLOTH))
    for _ in range(rng.integers(0, 5)):
        height = rng.uniform(0.8, 2.2)
        fold = [(-1.4, height), (0, height + rng.uniform(-0.2, 0.4)), (1.4, height)]
        canvas.dim(canvas.stroke(fold, rng.uniform(0.05, 0.15)), rng.uniform(0.6, 0.95))


def chin_mask(canvas, rng):
    """A mask pulled down to the chin."""
    top, bottom, wide = rng.uniform(1.3, 1.45), rng.uniform(1.8, 2.2), rng.uniform(0.6, 0.9)
    shape = [(-wide, top - 0.1), (0, top), (wide, top - 0.1), (0.5, bottom), (-0.5, bottom)]
    canvas.lay(canvas.area(shape), cloth(canvas, rng, TRAINED_CLOTH))
