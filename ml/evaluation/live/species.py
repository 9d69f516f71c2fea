"""The people and the attacks that are filmed: the species of ISO/IEC 30107-3."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.evaluation.live import props
from ml.evaluation.live.camera import Actor, Scene
from ml.evaluation.live.motion import Habits, Motion
from ml.evaluation.live.props import Portrait
from ml.evaluation.live.render import FRAME, Pose, Surface

HELD = (38, 52)  # degrees by which a photo is turned: more than a head, to look like one


@dataclass(frozen=True)
class Cast:
    """Photos for a film: of the person that it is about, another photo of theirs, and of someone else."""

    person: Portrait
    other: Portrait


def live(cast: Cast, rng: np.random.Generator) -> Scene:
    """The person does what is asked."""
    return _scene(rng, _person(cast.person, rng))


def dim(cast: Cast, rng: np.random.Generator) -> Scene:
    """The person in a badly lit room, slightly out of focus."""
    scene = live(cast, rng)
    scene.light, scene.blur = 0.6, 0.7
    return scene


def print_flat(cast: Cast, rng: np.random.Generator) -> Scene:
    """A flat printed photo is turned and moved as asked."""
    return _scene(rng, _held(props.print_out(cast.person), rng))


def print_bent(cast: Cast, rng: np.random.Generator) -> Scene:
    """A printed photo, bent around a vertical cylinder of 6 to 10 cm, is turned and moved as asked."""
    radius = rng.uniform(60, 100)
    return _scene(rng, _held(props.print_out(cast.person, radius=radius), rng))


def phone_still(cast: Cast, rng: np.random.Generator) -> Scene:
    """A photo on a screen, which is turned and moved as asked."""
    return _scene(rng, _held(props.phone(cast.person, rng), rng))


def still(cast: Cast, rng: np.random.Generator) -> Scene:
    """A photo that is held still, whatever is asked."""
    actor = _held(props.print_out(cast.person), rng)
    actor.motion.ask = lambda step, at: None  # type: ignore[method-assign]
    return _scene(rng, actor)


def swap(cast: Cast, rng: np.random.Generator) -> Scene:
    """The person shows their face, and someone else takes their place when the steps begin."""
    scene = _scene(rng, _person(cast.person, rng), _person(cast.other, rng))
    first, second = scene.actors
    first.present = lambda at: not _begun(scene, at)
    second.present = lambda at: _begun(scene, at)
    return scene


def second_person(cast: Cast, rng: np.random.Generator) -> Scene:
    """A photo of the person is shown; when the steps begin, someone else comes and does them."""
    scene = _scene(rng, _person(cast.other, rng), _held(props.print_out(cast.person), rng))
    one, other = scene.actors
    one.surface, other.surface = _narrow(one.surface), _narrow(other.surface)
    one.motion = Motion(rng, Habits.drawn(rng), Pose(distance=560, x=-120))
    other.motion = Motion(rng, Habits.drawn(rng), Pose(distance=560, x=120))
    other.motion.ask = lambda step, at: None  # type: ignore[method-assign]
    one.present = lambda at: _begun(scene, at)
    return scene


def leaves(cast: Cast, rng: np.random.Generator) -> Scene:
    """The person leaves the picture for a second after the steps have begun."""
    scene = live(cast, rng)
    scene.actors[0].present = lambda at: not 1.0 <= _since(scene, at) < 2.0
    return scene


# What an attack is made of, and whether the challenge is expected to see through it.
Species = Callable[[Cast, np.random.Generator], Scene]
BONA_FIDE: dict[str, Species] = {"live": live, "dim": dim}
ATTACKS: dict[str, Species] = {
    "print_flat": print_flat,
    "print_bent": print_bent,
    "phone_still": phone_still,
    "still": still,
    "swap": swap,
    "second_person": second_person,
    "leaves": leaves,
}
ALL = BONA_FIDE | ATTACKS


def _scene(rng: np.random.Generator, *actors: Actor) -> Scene:
    return Scene(list(actors), props.background(rng, FRAME), rng, light=rng.uniform(0.9, 1.1))


def _person(portrait: Portrait, rng: np.random.Generator) -> Actor:
    surface = props.head(portrait, relief=rng.uniform(0.9, 1.1))
    return Actor(surface, Motion(rng, Habits.drawn(rng), _place(rng)))


def _held(surface: Surface, rng: np.random.Generator) -> Actor:
    return Actor(surface, Motion(rng, Habits.drawn(rng, angle=HELD), _place(rng)))


def _place(rng: np.random.Generator) -> Pose:
    return Pose(distance=rng.uniform(430, 520), x=rng.uniform(-25, 25), y=rng.uniform(-15, 15))


def _narrow(surface: Surface) -> Surface:
    """The part of a surface that is no wider than a person, so that two have room side by side."""
    across = np.abs(np.arange(surface.mask.shape[1]) - surface.centre[0]) * surface.scale
    mask = surface.mask * (across < props.HALF_WIDTH).astype(np.float32)
    return Surface(
        surface.picture, surface.depth, mask, surface.scale, surface.centre, surface.axis
    )


def _begun(scene: Scene, at: float) -> bool:
    return bool(scene.asked) and at >= scene.asked[0][1]


def _since(scene: Scene, at: float) -> float:
    """Seconds since the first step was asked; negative before."""
    return at - scene.asked[0][1] if scene.asked else -1.0
