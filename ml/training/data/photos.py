"""Photos by person, read from a folder in one of two layouts, as arrays of one size.

LFW's layout:          FOLDER/<person>/<any name>.jpg
the original's layout: FOLDER/anchor and FOLDER/positive (one person), FOLDER/negative (other people)
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ml import images
from ml.errors import ImageRefused, MlError
from ml.training.data.aligned import AlignedFaces

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
TRIPLET = ("anchor", "positive", "negative")
OWNER = "anchor"  # the one person in the folders anchor and positive


@dataclass
class Photos:
    """`pixels` uint8 (n, s, s, 3); `people` and `paths` (n,); `skipped` {path: why}."""

    pixels: np.ndarray
    people: np.ndarray
    paths: list[Path]
    skipped: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.paths)

    def only(self, rows) -> "Photos":
        """The photos at these positions."""
        rows = np.asarray(rows, int)
        return Photos(self.pixels[rows], self.people[rows], [self.paths[k] for k in rows], {})


def find(folder) -> list[tuple[Path, str]]:
    """Every photo under a folder with its person, sorted by path.

    In the original's layout each negative is a person of its own, unless its file name has the form
    of LFW's names, "Name_0001.jpg".

    Raises:
        MlError: the folder is missing, has no photos, or has photos of one person only.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MlError(
            "data_missing", f"There is no folder {folder}.", "Name a folder of photos with --data."
        )
    triplet = all((folder / name).is_dir() for name in TRIPLET)
    photos = []
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if path.suffix.lower() not in SUFFIXES or len(inner) < 2 or path.name.startswith("."):
            continue
        person = inner[0] if not triplet else OWNER if inner[0] in TRIPLET[:2] else _negative(path)
        photos.append((path, person))
    people = Counter(person for _, person in photos)
    if not photos:
        raise MlError(
            "data_empty",
            f"{folder} has no photos in either of the known layouts.",
            "Use one folder for each person, or the folders anchor, positive and negative.",
        )
    if len(people) < 2:
        raise MlError(
            "data_one_person",
            f"{folder} has photos of only one person, from whom a network cannot learn to tell people apart.",
            "Add photos of other people, for example LFW as negatives.",
        )
    return photos


def load(
    folder,
    size: int,
    *,
    aligned: AlignedFaces | None = None,
    exclude: Iterable[str] = (),
    limit: int | None = None,
    progress: Callable | None = None,
) -> Photos:
    """Read photos as arrays.

    Args:
        size: side of the arrays.
        aligned: finds and aligns the face in a photo; None shrinks the whole photo.
        exclude: people to leave out.
        limit: largest number of photos; the first ones are taken.

    Returns:
        the photos. Files that are damaged or refused are skipped and listed.

    Raises:
        MlError: nothing usable is left.
        ValueError: `aligned` gives faces of another size.
    """
    exclude = set(exclude)
    found = [(path, person) for path, person in find(folder) if person not in exclude][:limit]
    pixels, people, paths = [], [], []
    skipped: dict[str, str] = {}
    for path, person in progress(found) if progress else found:
        try:
            data = path.read_bytes()
            pixels.append(aligned(data) if aligned else whole(data, size))
        except ImageRefused as refusal:
            skipped[str(path)] = refusal.code
            continue
        people.append(person)
        paths.append(path)
    if len(set(people)) < 2:
        raise MlError(
            "data_unusable",
            f"Of {len(found)} photos in {folder} only {len(paths)}, of {len(set(people))} people, can be used.",
            "See the list of skipped photos; photos of at least two people are needed.",
        )
    if pixels[0].shape[:2] != (size, size):
        raise ValueError(f"faces of {pixels[0].shape[0]} pixels where {size} are wanted")
    return Photos(np.stack(pixels), np.array(people), paths, skipped)


def load_cached(
    folder,
    size: int,
    cache,
    *,
    aligned: AlignedFaces | None = None,
    exclude: Iterable[str] = (),
    limit: int | None = None,
) -> Photos:
    """As `load`, but the arrays are kept in a file in the folder `cache`.

    The file is used for as long as the photos, the detector and the alignment stay the same.
    """
    exclude = sorted(exclude)
    state = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path, _ in find(folder)]
    made_by = aligned.identity if aligned else None
    key = hashlib.sha256(repr((state, size, made_by, exclude, limit)).encode())
    path = Path(cache) / f"photos-{key.hexdigest()[:16]}.npz"
    if path.is_file():
        with np.load(path) as stored:
            skipped = dict(zip(stored["bad"].tolist(), stored["why"].tolist(), strict=True))
            paths = [Path(name) for name in stored["paths"].tolist()]
            return Photos(stored["pixels"], stored["people"], paths, skipped)
    photos = load(folder, size, aligned=aligned, exclude=exclude, limit=limit)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished,
        pixels=photos.pixels,
        people=photos.people,
        paths=np.array([str(name) for name in photos.paths]),
        bad=np.array(list(photos.skipped), dtype=str),
        why=np.array(list(photos.skipped.values()), dtype=str),
    )
    unfinished.replace(path)
    return photos


def whole(data: bytes, size: int) -> np.ndarray:
    """The whole photo, as the original network saw it: uint8 (size, size, 3), stretched to a square."""
    return cv2.resize(images.decode(data), (size, size), interpolation=cv2.INTER_AREA)


def _negative(path: Path) -> str:
    name, _, number = path.stem.rpartition("_")
    return name if name and number.isdigit() else path.stem
