"""Films on disk, each with what was asked while it was taken, so that a session can be shown it again.

A sequence is a folder: `sequence.json`, `film.mjpeg` (its frames as JPEGs, one after the other) and
`reference.jpg`, the photo that the person is compared with.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ml.errors import MlError
from ml.evaluation.live.play import Frame

ABOUT, FILM, REFERENCE = "sequence.json", "film.mjpeg", "reference.jpg"


@dataclass(frozen=True)
class Sequence:
    """One presentation.

    Attributes:
        species: how it was made; of people "live" or a name of its own.
        bona_fide: whether it shows a person as they are meant to be seen.
        passes: whether an attack is expected to pass the challenge, see the report.
        made: whether it was drawn from a photo.
        steps: of the challenge that it is shown to.
        same: whether the reference is a photo of the person that the system shall take it for.
        sizes, times: of each frame, in bytes and in milliseconds since the start.
    """

    species: str
    bona_fide: bool
    passes: bool
    made: bool
    steps: tuple[str, ...]
    same: bool
    sizes: tuple[int, ...]
    times: tuple[int, ...]


@dataclass(frozen=True)
class Stored:
    """A sequence in a folder."""

    folder: Path
    about: Sequence

    @property
    def reference(self) -> bytes:
        return (self.folder / REFERENCE).read_bytes()

    def frames(self) -> Iterator[Frame]:
        """The film. Raises MlError if it is shorter than the frames that are listed."""
        film, start = (self.folder / FILM).read_bytes(), 0
        if len(film) != sum(self.about.sizes):
            raise _damaged(self.folder / FILM, "It has not as many bytes as are listed.")
        for size, time in zip(self.about.sizes, self.about.times, strict=True):
            yield Frame(film[start : start + size], time / 1000)
            start += size


def write(folder: Path, frames: list[Frame], reference: bytes, **about) -> None:
    """Write a sequence; `about` are the attributes of `Sequence` but those of the frames."""
    folder.mkdir(parents=True, exist_ok=True)
    sequence = Sequence(
        **about,
        sizes=tuple(len(frame.jpeg) for frame in frames),
        times=tuple(round(frame.at * 1000) for frame in frames),
    )
    (folder / FILM).write_bytes(b"".join(frame.jpeg for frame in frames))
    (folder / REFERENCE).write_bytes(reference)
    (folder / ABOUT).write_text(json.dumps(asdict(sequence)) + "\n", encoding="utf-8")


def read(folder: Path) -> list[Stored]:
    """All sequences below a folder, in the order of their names. Raises MlError."""
    found = sorted(path.parent for path in folder.rglob(ABOUT))
    if not found:
        raise MlError(
            "no_sequences",
            f"There are no sequences in {folder}.",
            "Make some: python -m ml live-evaluate --sequences DIR --make --images PHOTOS.",
        )
    return [_read(path) for path in found]


def _read(folder: Path) -> Stored:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        lists = {name: tuple(about[name]) for name in ("steps", "sizes", "times")}
        return Stored(folder, Sequence(**about | lists))
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(folder / ABOUT, f"It cannot be read ({type(error).__name__}).") from error


def _damaged(path: Path, what: str) -> MlError:
    return MlError(
        "sequence_damaged", f"{path}: {what}", "Take the sequence out, or make it again."
    )
