"""Labelled pairs of photos from a file in LFW's own format or in CSV.

A CSV file has the columns `probe,reference,same`. Paths are relative to the file, or to the folder of
images if one is given; `same` is 1 or 0 (true/false, yes/no). The optional columns
`probe_person,reference_person` name the people. Other columns are ignored.
"""

import csv
from pathlib import Path

from ml.errors import MlError
from ml.evaluation.datasets import lfw

COLUMNS = ("probe", "reference", "same")
YES, NO = {"1", "true", "yes"}, {"0", "false", "no"}
FOLDS = 10  # made for a file without folds, as in LFW View 2


def read(path, images=None) -> lfw.LabelledPairs:
    """Read a pairs file of either format, with the path of each image and the people, if known.

    Args:
        images: folder of the images; required for LFW's format, for CSV the file's folder by default.

    Raises:
        MlError: the file cannot be read or has another format; the message names the line.
    """
    path = Path(path)
    if not _is_csv(path):
        pairs = lfw.read_pairs(path)
        if images is None:
            raise MlError(
                "images_missing",
                f"{path} has LFW's format, which names no folder of images.",
                "Name it with --images.",
            )
        names = pairs.images()
        pairs.paths.update({name: lfw.image_path(images, name) for name in names})
        pairs.people.update({name: lfw.person_of(name) for name in names})
        if len(set(pairs.folds)) < 2:
            pairs.folds[:] = _deal(pairs.labels, path)
        return pairs
    return _read_csv(path, Path(images) if images else path.parent)


def groups(pairs: lfw.LabelledPairs) -> dict[str, str]:
    """The person on each image. Images without a name that are linked by pairs of one person share one."""
    images = pairs.images()
    people = {name: f"\0{pairs.people[name]}" for name in images if name in pairs.people}
    parent = {name: name for name in (*images, *people.values())}

    def root(name):
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for name, person in people.items():
        parent[root(name)] = root(person)
    for (a, b), same in zip(pairs.names, pairs.labels, strict=True):
        if same:
            parent[root(a)] = root(b)
    return {name: root(name) for name in images}


def _is_csv(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MlError(
            "pairs_unreadable", f"The pairs file {path} cannot be read: {error}"
        ) from error
    return {"probe", "reference"} <= {word.strip() for word in header}


def _read_csv(path: Path, images: Path) -> lfw.LabelledPairs:
    names, labels = [], []
    people: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        for row in reader:
            probe, reference, same = ((row.get(key) or "").strip() for key in COLUMNS)
            if not probe or not reference or same.lower() not in YES | NO:
                raise MlError(
                    "pairs_malformed",
                    f"{path}, line {reader.line_num}: not a pair of {', '.join(COLUMNS)}.",
                    "Write two paths and 1 for the same person, 0 for two.",
                )
            names.append((probe, reference))
            labels.append(1 if same.lower() in YES else 0)
            for name, key in ((probe, "probe_person"), (reference, "reference_person")):
                if person := (row.get(key) or "").strip():
                    people[name] = person
    if not names:
        raise MlError("pairs_empty", f"The pairs file {path} has no pairs.")
    paths = {name: images / name for pair in names for name in pair}
    return lfw.LabelledPairs(names, labels, _deal(labels, path), paths, people)


def _deal(labels: list[int], path) -> list[int]:
    """Folds for a file without folds: both kinds of pairs in turn, in the file's order."""
    seen, folds = {0: 0, 1: 0}, []
    for label in labels:
        folds.append(seen[label] % FOLDS)
        seen[label] += 1
    if min(seen.values()) < 2:
        raise MlError(
            "pairs_too_few",
            f"{path} has too few pairs.",
            "At least two pairs of one person and two of different people are needed.",
        )
    return folds
