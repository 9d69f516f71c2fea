"""Photos by person, from a folder in either of two layouts, as arrays of one size.

LFW's:          FOLDER/<person>/<any name>.jpg
the original's: FOLDER/anchor, FOLDER/positive (one person) and FOLDER/negative (anybody else)
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ml import images
from ml.errors import ImageRefused, MlError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
TRIPLET = ("anchor", "positive", "negative")
OWNER = "anchor"  # the one person that the anchor and positive folders show


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

    In the original's layout each negative is a person of its own, unless its name has the form of
    LFW's, "Name_0001.jpg".

    Raises:
        MlError: the folder is not there, or holds no photos, or those of one person alone.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MlError(
            "data_missing", f"There is no folder {folder}.", "Name a folder of photos with --data."
        )
    triplet = all((folder / name).is_dir() for name in TRIPLET)
    found = []
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if path.suffix.lower() not in SUFFIXES or len(inner) < 2 or path.name.startswith("."):
            continue
        person = inner[0] if not triplet else OWNER if inner[0] in TRIPLET[:2] else _negative(path)
        found.append((path, person))
    people = Counter(person for _, person in found)
    if not found:
        raise MlError(
            "data_empty",
            f"{folder} holds no photos in a layout that is known.",
            "Use one folder for each person, or the folders anchor, positive and negative.",
        )
    if len(people) < 2:
        raise MlError(
            "data_one_person",
            f"{folder} shows one person alone; a network cannot learn to tell people apart from that.",
            "Add photos of other people, for example LFW as negatives.",
        )
    return found


def load(folder, size: int, *, finder=None, exclude=(), limit: int | None = None, progress=None):
    """Read photos as arrays.

    Args:
        size: side of the arrays.
        finder: bytes -> aligned face, uint8 (size, size, 3); None takes the whole photo, shrunk.
        exclude: people left out.
        limit: at most so many photos, the first ones.

    Returns:
        Photos. A file that is corrupt or refused is skipped and listed.

    Raises:
        MlError: nothing usable is left.
    """
    exclude = set(exclude)
    found = [(path, person) for path, person in find(folder) if person not in exclude][:limit]
    pixels, people, paths, skipped = [], [], [], {}
    for path, person in progress(found) if progress else found:
        try:
            data = path.read_bytes()
            pixels.append(finder(data) if finder else whole(data, size))
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
    return Photos(np.stack(pixels), np.array(people), paths, skipped)


def load_cached(folder, size: int, cache, **how):
    """`load`, kept in a file of the folder `cache` for as long as the photos stay the same.

    `how` as for `load`; the kind of finder is taken to be told by `size` and its presence.
    """
    exclude, limit = sorted(how.get("exclude", ())), how.get("limit")
    state = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path, _ in find(folder)]
    key = hashlib.sha256(repr((state, size, how.get("finder") is None, exclude, limit)).encode())
    path = Path(cache) / f"photos-{key.hexdigest()[:16]}.npz"
    if path.is_file():
        with np.load(path) as stored:
            skipped = dict(zip(stored["bad"].tolist(), stored["why"].tolist(), strict=True))
            paths = [Path(name) for name in stored["paths"].tolist()]
            return Photos(stored["pixels"], stored["people"], paths, skipped)
    photos = load(folder, size, **how)
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
    """The whole photo as the original network saw it: uint8 (size, size, 3), sides not kept."""
    return cv2.resize(images.decode(data), (size, size), interpolation=cv2.INTER_AREA)


def _negative(path: Path) -> str:
    name, _, number = path.stem.rpartition("_")
    return name if name and number.isdigit() else path.stem
