"""Makes sequences of every species from photos, by letting actors answer a session."""

from collections.abc import Callable, Iterator
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


class _Photos:
    """The people of a folder with two usable photos, in a random order."""

    def __init__(self, verifier: Verifier, images: Path, rng: np.random.Generator):
        self._verifier = verifier
        folders = sorted(path for path in images.iterdir() if len(list(path.glob("*.jpg"))) > 1)
        self._folders = [folders[number] for number in rng.permutation(len(folders))]

    def __iter__(self) -> Iterator[tuple[props.Portrait, bytes]]:
        """A portrait of a person, from the front and alone, and another photo of theirs."""
        for folder in self._folders:
            one, other = (path.read_bytes() for path in sorted(folder.glob("*.jpg"))[:2])
            try:
                found = self._verifier.acquire(one)
                self._verifier.acquire(other)
            except ImageRefused:
                continue
            quality = found.face.quality
            if len(found.faces) == 1 and max(abs(quality.yaw), abs(quality.pitch)) <= FACING:
                yield props.portrait(self._verifier.finder, one), other


def make(
    verifier: Verifier,
    images: Path,
    folder: Path,
    *,
    count: int,
    seed: int = 0,
    progress: Callable = iter,
) -> None:
    """Write `count` sequences of each species, and as many of strangers.

    Args:
        images: photos as Name/Name_0001.jpg, of which people with several are taken.

    Raises:
        MlError: there are too few people with two usable photos.
    """
    rng = np.random.default_rng(seed)
    people = []
    for row in _Photos(verifier, images, rng):
        people.append(row)
        if len(people) > count:
            break
    else:
        raise MlError(
            "too_few_people",
            f"Only {len(people)} people in {images} have two photos that can be used.",
            f"Give photos of at least {count + 1} people, or a lower --count.",
        )
    for number in progress(list(range(count))):
        (person, reference), (other, stranger) = people[number], people[number + 1]
        cast = species.Cast(person, other)
        films = {}
        for name, scene_of in species.ALL.items():
            bona_fide = name in species.BONA_FIDE
            drawn = steps.draw()
            frames = _film(verifier, scene_of(cast, rng), drawn, reference)
            films[name] = frames, drawn
            sequences.write(
                folder / f"{name}-{number:03}",
                frames,
                reference,
                species=name,
                bona_fide=bona_fide,
                passes=False,
                made=True,
                steps=drawn,
                same=True,
            )
        frames, drawn = films["live"]
        for name, passes in REPLAYED.items():
            sequences.write(
                folder / f"{name}-{number:03}",
                frames,
                reference,
                species=name,
                bona_fide=False,
                passes=passes,
                made=True,
                steps=drawn if passes else _another(drawn),
                same=True,
            )
        sequences.write(
            folder / f"stranger-{number:03}",
            frames,
            stranger,
            species="stranger",
            bona_fide=True,
            passes=False,
            made=True,
            steps=drawn,
            same=False,
        )


def session_of(
    verifier: Verifier, reference: bytes, drawn: tuple[str, ...], seconds: float = SECONDS
) -> Session:
    """A session that asks whether the person is the one on a photo; it starts at the time 0."""
    (embedding,) = verifier.embed([verifier.acquire(reference).face.chips])
    return Session("verify", Subject([Known(embedding, photo=True)], RATE), drawn, seconds, 0.0)


def _film(
    verifier: Verifier, scene: Scene, drawn: tuple[str, ...], reference: bytes
) -> list[Frame]:
    frames: list[Frame] = []
    play.perform(session_of(verifier, reference, drawn), verifier, scene, keep=frames.append)
    return frames


def _another(drawn: tuple[str, ...]) -> tuple[str, ...]:
    """Other steps than these, whose first differs."""
    while (other := steps.draw())[0] == drawn[0]:
        pass
    return other
