"""Labeled Faces in the Wild (Huang et al., 2007): its folder layout and its pairs files."""

from dataclasses import dataclass, field
from pathlib import Path

from ml.errors import MlError


@dataclass(frozen=True)
class LabelledPairs:
    """Labelled pairs of images.

    Attributes:
        names: image names ("Name_0001") of each pair.
        labels: 1 for the same person, 0 for two people.
        folds: fold of each pair, from 0.
        paths, people: file of each image, and the person on it, where they are known.
    """

    names: list[tuple[str, str]]
    labels: list[int]
    folds: list[int]
    paths: dict[str, Path] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def images(self) -> list[str]:
        """The names of all images, each once, sorted."""
        return sorted({name for pair in self.names for name in pair})

    def only(self, folds) -> "LabelledPairs":
        """The pairs in these folds, counted from 1; all pairs if no fold is given.

        Raises:
            MlError: there is no pair in them.
        """
        if not folds:
            return self
        keep = [k for k, fold in enumerate(self.folds) if fold + 1 in folds]
        if not keep:
            raise MlError(
                "pairs_empty",
                f"There are no pairs in fold {', '.join(map(str, folds))}.",
                f"The file has the folds 1 to {max(self.folds) + 1}.",
            )
        return self.at(keep)

    def at(self, places: list[int]) -> "LabelledPairs":
        """The pairs at these positions."""
        return LabelledPairs(
            [self.names[k] for k in places],
            [self.labels[k] for k in places],
            [self.folds[k] for k in places],
            self.paths,
            self.people,
        )


def read_pairs(path) -> LabelledPairs:
    """Read a pairs file: a first line "folds <tab> pairs of each kind", then one pair per line.

    A pair is "Name 1 2" (same person) or "Name 1 Other 3". A first line with one number means one fold.

    Raises:
        MlError: the file is not in this format; the message names the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MlError(
            "pairs_unreadable", f"The pairs file {path} cannot be read: {error}"
        ) from error
    try:
        header = [int(word) for word in lines[0].split()]
        folds, each = header if len(header) == 2 else (1, header[0])
    except (IndexError, ValueError):
        raise _malformed(path, 1) from None
    names, labels, numbers = [], [], []
    for count, line in enumerate(filter(str.strip, lines[1:])):
        words = line.split("\t") if "\t" in line else line.split()
        try:
            if len(words) == 3:
                pair = (_name(words[0], words[1]), _name(words[0], words[2]))
            else:
                first, one, second, two = words
                pair = (_name(first, one), _name(second, two))
        except ValueError:
            raise _malformed(path, count + 2) from None
        names.append(pair)
        labels.append(1 if len(words) == 3 else 0)
        numbers.append(min(count // (2 * each), folds - 1))
    if not names:
        raise MlError("pairs_empty", f"The pairs file {path} has no pairs.")
    return LabelledPairs(names, labels, numbers)


def image_path(folder, name: str) -> Path:
    """Path of the image "Name_0001" in LFW's layout."""
    return Path(folder) / person_of(name) / f"{name}.jpg"


def paths(folder) -> dict[str, Path]:
    """Every image of a folder in LFW's layout by its name, see `images`."""
    return {name: image_path(folder, name) for name in images(folder)}


def person_of(name: str) -> str:
    return name.rsplit("_", 1)[0]


def images(folder) -> list[str]:
    """Names of all images in a folder in LFW's layout, sorted.

    Raises:
        MlError: there are none.
    """
    found = sorted(path.stem for path in Path(folder).glob("*/*.jpg"))
    if not found:
        raise MlError(
            "images_missing",
            f"{folder} holds no images in the layout Name/Name_0001.jpg.",
            "Name a folder that has one folder for each person.",
        )
    return found


def _name(person: str, number: str) -> str:
    return f"{person}_{int(number):04d}"


def _malformed(path, line: int) -> MlError:
    return MlError("pairs_malformed", f"{path}, line {line}: not a line of an LFW pairs file.")
