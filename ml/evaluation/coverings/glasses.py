"""Sunglasses of several shapes and tints, and clear glasses."""

import numpy as np

from ml.decision.logistic import sigmoid
from ml.evaluation.coverings.canvas import any_colour, dark_colour, ellipse

TRAINED_LENSES = ("flat", "flat", "graded", "bright", "blend")
UNSEEN_LENSES = ("flat", "graded", "mirror", "mirror")


def _pair_of_glasses(canvas, rng, lens, fill, opacity) -> None:
    """Two lenses (the curve is that of the right one), a bridge and temples."""
    u, v, a, b, power, turn = lens
    frame = any_colour(rng) if rng.random() < 0.3 else dark_colour(rng)
    rim = rng.uniform(0.02, 0.09)
    for side in (-1, 1):
        curve = ellipse(u, v, a, b, power, turn) * (side, 1)
        canvas.lay(canvas.area(curve), fill, opacity)
        if rng.random() < 0.7:
            canvas.lay(canvas.stroke(np.vstack([curve, curve[:1]]), rim), frame)
        temple = [(side * (u + a), v - 0.3 * b), (side * 1.15, v - 0.1)]
        canvas.lay(canvas.stroke(temple, rng.uniform(0.03, 0.1)), frame)
    canvas.lay(canvas.stroke([(a - u, v - 0.2 * b), (u - a, v - 0.2 * b)], rim + 0.03), frame)


def _lens_fill(canvas, rng, style):
    """The colours and the opacity of lenses."""
    u, v = canvas.coordinates()
    if style == "flat":
        return dark_colour(rng), rng.uniform(0.85, 1.0)
    if style == "graded":
        top, bottom = rng.uniform(0.9, 1.0), rng.uniform(0.5, 0.9)
        share = ((v + 0.3) / 0.6).clip(0, 1)
        return dark_colour(rng), top + (bottom - top) * share
    if style == "bright":
        return any_colour(rng), rng.uniform(0.85, 1.0)
    if style == "blend":
        angle = rng.uniform(0, 2 * np.pi)
        share = (0.5 + (u * np.cos(angle) + 2 * v * np.sin(angle)) / 1.5).clip(0, 1)
        first, second = any_colour(rng), any_colour(rng)
        return first + (second - first) * share[..., None], rng.uniform(0.85, 1.0)
    # Mirrored: a bright sky above a darker ground, with a highlight across.
    sky, ground = rng.uniform(90, 255, 3), rng.uniform(10, 140, 3)
    share = sigmoid((v - rng.uniform(-0.1, 0.1)) / 0.06)
    fill = sky + (ground - sky) * share[..., None]
    shine = np.exp(-(((u % 0.9) - rng.uniform(0.2, 0.7) + 0.5 * v) ** 2) / 0.006)
    return fill + (255 - fill) * (rng.uniform(0, 0.8) * shine)[..., None], rng.uniform(0.88, 1.0)


def _some_lens(rng, power, turn, tall):
    a = rng.uniform(0.3, 0.46)
    return (
        rng.uniform(0.47, 0.53),
        rng.uniform(-0.04, 0.1),
        a,
        a * rng.uniform(*tall),
        power,
        turn,
    )


def sunglasses_oval(canvas, rng):
    lens = _some_lens(rng, rng.uniform(1.8, 2.4), rng.uniform(-0.1, 0.1), (0.6, 0.85))
    _pair_of_glasses(canvas, rng, lens, *_lens_fill(canvas, rng, rng.choice(TRAINED_LENSES)))


def sunglasses_square(canvas, rng):
    lens = _some_lens(rng, rng.uniform(3.5, 6), rng.uniform(-0.05, 0.15), (0.5, 0.8))
    _pair_of_glasses(canvas, rng, lens, *_lens_fill(canvas, rng, rng.choice(TRAINED_LENSES)))


def sunglasses_aviator(canvas, rng):
    """Drop-shaped lenses, mirrored or dark."""
    u, v = rng.uniform(0.48, 0.54), rng.uniform(0.0, 0.08)
    a, b = rng.uniform(0.34, 0.44), rng.uniform(0.26, 0.36)
    fill, opacity = _lens_fill(canvas, rng, rng.choice(UNSEEN_LENSES))
    wire = any_colour(rng)
    for side in (-1, 1):
        curve = ellipse(0, 0, a, b, 2.6)
        curve[:, 0] += 0.25 * curve[:, 1]
        curve = (curve + np.array([u, v])) * (side, 1)
        canvas.lay(canvas.area(curve), fill, opacity)
        canvas.lay(canvas.stroke(np.vstack([curve, curve[:1]]), 0.03), wire)
    for height in (-0.18, -0.06):
        canvas.lay(canvas.stroke([(-0.16, v + height), (0.16, v + height)], 0.03), wire)


def sunglasses_round(canvas, rng):
    """Small round lenses of any strong colour."""
    a = rng.uniform(0.27, 0.36)
    fill = rng.uniform(0, 150, 3)
    lens = (rng.uniform(0.47, 0.53), rng.uniform(0, 0.06), a, a, 2.0, 0.0)
    _pair_of_glasses(canvas, rng, lens, fill, rng.uniform(0.88, 1.0))


def sunglasses_shield(canvas, rng):
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
    fill, opacity = _lens_fill(canvas, rng, rng.choice(UNSEEN_LENSES))
    canvas.lay(canvas.area(shape), fill, opacity)


def eyeglasses(canvas, rng):
    """Clear glasses: rims, and lenses with little tint."""
    lens = _some_lens(rng, rng.uniform(1.8, 5), rng.uniform(-0.1, 0.1), (0.55, 0.95))
    tint = 255.0 if rng.random() < 0.5 else dark_colour(rng)
    _pair_of_glasses(canvas, rng, lens, tint, rng.uniform(0, 0.25))
