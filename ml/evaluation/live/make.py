"""Makes sequences of every species from photos, by letting actors answer a session."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from ml.errors import ImageRefused, MlError
from ml.evaluation.live import play, props, sequences, species
from ml.evaluation.live.camera import Scene
from ml.evaluation.live.play import Frame
from ml.live import steps
from ml.live.judge import Known, Subject
from ml.live.session import Session
from ml.serving.verifier import Verifier

FACING = 14.0  # degrees of yaw and pitch of photos that heads are made of
SECONDS = 20.0  # of a session
RATE = 1e-3
REPLAYED = {"replay_other_order": False, "replay_right_order": True}  # is it expected to pass?


def people(
    verifier: Verifier, images: Path, rng: np.random.Generator
) -> Iterator[tuple[props.Portrait, bytes]]:
    """A portrait of each person, from the front and alone, and another photo of theirs, in random order.

    Args:
        images: photos as Name/Name_0001.jpg, of which people with several are taken.
    """
    folders = sorted(path for path in images.iterdir() if len(list(path.glob("*.jpg"))) > 1)
    for number in rng.permutation(len(folders)):
        one, other = (path.read_bytes() for path in sorted(folders[number].glob("*.jpg"))[:2])
        try:
            found = verifier.acquire(one)
            verifier.acquire(other)
        except ImageRefused:
            continue
        quality = found.face.quality
        if len(found.faces) == 1 and max(abs(quality.yaw), abs(quality.pitch)) <= FACING:
            yield props.portrait(verifier.finder, one), other


def make(
    verifier: Verifier,
    images: Path,
    folder: Path,
    *,
    count: int,
    names: Sequence[str] = tuple(species.ALL),
    seed: int = 0,
    progress: Callable = iter,
) -> None:
    """Write `count` sequences of each of the species; of "live" also as replays, and against the photo
    of a stranger.

    Args:
        images: as for `people`.

    Raises:
        MlError: there are too few people with two usable photos.
    """
    rng = np.random.default_rng(seed)
    found = list(islice(people(verifier, images, rng), count + 1))
    if len(found) <= count:
        raise MlError(
            "too_few_people",
            f"Only {len(found)} people in {images} have two photos that can be used.",
            f"Give photos of at least {count + 1} people, or a lower --count.",
        )
    for number in progress(list(range(count))):
        (person, reference), (other, stranger) = found[number], found[number + 1]
        cast = species.Cast(person, other)
        for name in names:
            frames, drawn = _film(verifier, species.ALL[name](cast, rng), reference)
            about = {"species": name, "bona_fide": name in species.BONA_FIDE}
            _write(folder, number, frames, reference, drawn, about)
            if name == "live":
                for replay, passes in REPLAYED.items():
                    about = {"species": replay, "bona_fide": False, "passes": passes}
                    asked = drawn if passes else _another(drawn)
                    _write(folder, number, frames, reference, asked, about)
                about = {"species": "stranger", "bona_fide": True, "same": False}
                _write(folder, number, frames, stranger, drawn, about)


def session_of(
    verifier: Verifier, reference: bytes, drawn: tuple[str, ...], seconds: float = SECONDS
) -> Session:
    """A session that asks whether the person is the one on a photo; it starts at the time 0."""
    (embedding,) = verifier.embed([verifier.acquire(reference).face.chips])
    return Session("verify", Subject([Known(embedding, photo=True)], RATE), drawn, seconds, 0.0)


def _film(
    verifier: Verifier, scene: Scene, reference: bytes
) -> tuple[list[Frame], tuple[str, ...]]:
    """What a camera sees while a session asks for steps, and which."""
    frames: list[Frame] = []
    drawn = steps.draw()
    play.perform(session_of(verifier, reference, drawn), verifier, scene, keep=frames.append)
    return frames, drawn


def _write(
    folder: Path,
    number: int,
    frames: list[Frame],
    reference: bytes,
    drawn: tuple[str, ...],
    about: dict,
) -> None:
    usual = {"passes": False, "made": True, "same": True, "steps": drawn}
    place = folder / f"{about['species']}-{number:03}"
    sequences.write(place, frames, reference, **usual | about)


def _another(drawn: tuple[str, ...]) -> tuple[str, ...]:
    """Other steps than these, whose first differs."""
    while (other := steps.draw())[0] == drawn[0]:
        pass
    return other
