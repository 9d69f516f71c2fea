"""Try how well an imported network separates people, with the given options and with others.

Wrong channels, mean, scale or alignment cause no error: verdicts only become worse, down to chance. Therefore
they are tried on some hundred photos before anything is fitted.
"""

from dataclasses import dataclass, replace

import numpy as np

from ml.errors import ImageRefused, MlError
from ml.evaluation import metrics
from ml.evaluation.evaluate import acquire_subject
from ml.faces.alignment import TEMPLATES, ChipSpec
from ml.faces.finder import FaceFinder
from ml.packaging.onnx_file import OnnxFile, pixels
from ml.packaging.package import FitData
from ml.serving.onnx_net import OnnxNet

PHOTOS = 300  # largest number of photos tried
A_PERSON = 3  # largest number of photos per person
CHANCE = 0.25  # an equal error rate from here on is refused; pure chance is 0.5
GOOD = 0.03  # an equal error rate above this gives a warning
# Other options are named if they separate people this many times better. All are tried on the same faces, so
# there is little noise: a MobileFaceNet was 1.04 to 1.09 times better with the right order of channels.
BETTER = 1.02
NORMALISATIONS = ((127.5, 127.5), (127.5, 128.0), (0.0, 255.0), (0.0, 1.0))  # mean, scale

SHORT = {"arcface": "arcface112"}
ZOOMS = (0.5, 2.0)


@dataclass(frozen=True)
class Options:
    """The user's options for a network; `mean` and `scale` have three numbers, in the order of `channels`."""

    alignment: str
    zoom: float
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    channels: str

    @classmethod
    def of(cls, *, alignment=None, zoom=None, mean=None, scale=None, channels=None) -> "Options":
        """The given options; by default those of the InsightFace family.

        Raises:
            MlError: an option has an impossible value.
        """
        alignment = SHORT.get(alignment, alignment) or "arcface112"
        if alignment not in TEMPLATES:
            raise _unsuitable(
                f"There is no alignment {alignment!r}.", f"There are: {', '.join(TEMPLATES)}."
            )
        zoom = 1.0 if zoom is None else zoom
        if not ZOOMS[0] <= zoom <= ZOOMS[1]:
            raise _unsuitable(
                f"A zoom of {zoom:g} shows no face.", f"{ZOOMS[0]} to {ZOOMS[1]} are possible."
            )
        mean, scale = (_three(name, row) for name, row in (("mean", mean), ("scale", scale)))
        if min(scale) <= 0:
            raise _unsuitable(
                "The scale must be above 0.", "Pixels become (x - mean) / scale, such as 127.5."
            )
        return cls(alignment, zoom, mean, scale, channels or "rgb")

    @property
    def other_channels(self) -> "Options":
        return replace(self, channels="bgr" if self.channels == "rgb" else "rgb")

    def others(self) -> list["Options"]:
        """Other options to try, each with one change."""
        found = [self.other_channels]
        found += [
            replace(self, mean=(mean,) * 3, scale=(scale,) * 3) for mean, scale in NORMALISATIONS
        ]
        found += [replace(self, alignment=name) for name in TEMPLATES]
        return [row for row in found if row != self]

    def difference(self, other: "Options") -> str:
        """The options of `other` that differ from these, as on the command line."""
        rows = {
            "--channels": (self.channels, other.channels),
            "--mean": (_text(self.mean), _text(other.mean)),
            "--scale": (_text(self.scale), _text(other.scale)),
            "--alignment": (self.alignment, other.alignment),
        }
        return " ".join(f"{name} {new}" for name, (old, new) in rows.items() if new != old)


@dataclass(frozen=True)
class Separation:
    """How well the cosines of pairs of one person and of two people are separated.

    equal_error_rate: from 0 to 0.5, which is chance.
    distance: between the two means, in standard deviations. It varies more smoothly than the rate if that is
        close to 0.
    """

    equal_error_rate: float
    distance: float


def run(
    file: OnnxFile, options: Options, finder: FaceFinder, data: FitData
) -> tuple[dict, list[str]]:
    """Try the options on a sample of the photos.

    Returns:
        the manifest's "trial" (photos, pairs, the equal error rate with either channel order), and
        warnings.

    Raises:
        MlError: the network does not separate people with these options; the message names better ones.
    """
    names, pairs, labels = _sample(data)
    others = options.others()
    faces = _faces(finder, data, names, [options, *others], file.input_size)
    kept = [k for k, (a, b) in enumerate(pairs) if a in faces and b in faces]
    pairs, same = [pairs[k] for k in kept], np.array([labels[k] for k in kept])
    if len(set(same.tolist())) < 2:
        raise MlError(
            "data_unusable",
            "Too few of the photos have a usable face to try the network on.",
            "Use portraits of people with 2 or more photos each.",
        )
    given = _separation(file, options, faces, pairs, same)
    tried = {row: _separation(file, row, faces, pairs, same) for row in others}
    other = tried[options.other_channels]
    best = max(tried, key=lambda row: tried[row].distance)
    rate, best_rate = given.equal_error_rate, tried[best].equal_error_rate
    better = tried[best].distance > BETTER * given.distance and best_rate <= rate
    named = f"{options.difference(best)} does better ({best_rate:.1%})"
    if rate >= CHANCE:
        raise MlError(
            "accuracy_at_chance",
            f"With these options the network takes {rate:.0%} of {len(same):,} pairs of photos wrongly; "
            "guessing would take 50%.",
            f"Of what was tried, {named}: look up what the network was trained with."
            if better
            else "Check --channels, --mean, --scale and --alignment against what the network was trained "
            "with, and whether it is a network for faces.",
        )
    warnings = []
    if better:
        warnings.append(
            f"{options.difference(best)} tells these photos apart better (an equal error rate of "
            f"{best_rate:.1%} rather than {rate:.1%}): look up what the network was trained with."
        )
    elif rate > GOOD:
        warnings.append(
            f"The equal error rate is {rate:.1%}, much for a face network: look up what it was trained with."
        )
    trial = {
        "photos": len(faces),
        "pairs": len(same),
        "equal_error_rate": round(rate, 5),
        "equal_error_rate_other_channels": round(other.equal_error_rate, 5),
    }
    return trial, warnings


def _faces(finder: FaceFinder, data: FitData, names, settings, size: int) -> dict[str, dict]:
    """The aligned face of each image for each alignment, uint8 RGB (size, size, 3).

    Images without a usable face are left out.
    """
    specs = {row.alignment: ChipSpec(row.alignment, size, row.zoom) for row in settings}
    finder = finder.cutting(list(specs.values()))
    found = {}
    for name in names:
        try:
            face = acquire_subject(finder, data.photos[name].read_bytes(), data.subject).face
        except (ImageRefused, OSError):
            continue
        found[name] = dict(zip(specs, face.chips, strict=True))
    return found


def _separation(file: OnnxFile, options: Options, faces, pairs, labels) -> Separation:
    wanted = pixels(options.channels, options.mean, options.scale, file.layout)
    net, embedded = OnnxNet(file.session, wanted), {}
    for name, chips in faces.items():
        row = net(chips[options.alignment][None])[0].astype(np.float64)
        embedded[name] = row / max(float(np.linalg.norm(row)), 1e-6)
    cosines = np.array([embedded[a] @ embedded[b] for a, b in pairs])
    if not np.isfinite(cosines).all():
        return Separation(0.5, 0.0)  # overflow: the embeddings are useless
    same, two = cosines[labels == 1], cosines[labels == 0]
    spread = float(np.sqrt((same.var() + two.var()) / 2))
    apart = float(same.mean() - two.mean()) / spread if spread > 1e-9 else 0.0
    return Separation(metrics.equal_error_rate(same, two), apart)


def _sample(data: FitData) -> tuple[list[str], list[tuple[str, str]], list[int]]:
    """Images, pairs of them, and their labels, 1 for the same person."""
    if data.pairs is not None:
        step = max(1, 2 * len(data.pairs.names) // PHOTOS)
        pairs, labels = data.pairs.names[::step], data.pairs.labels[::step]
        return sorted({name for pair in pairs for name in pair}), pairs, labels
    by_person: dict[str, list[str]] = {}
    for name in sorted(data.photos):
        by_person.setdefault(data.people[name], []).append(name)
    several = [rows[:A_PERSON] for rows in by_person.values() if len(rows) > 1]
    share = min(1.0, PHOTOS / max(1, sum(map(len, several))))
    spread = np.linspace(0, len(several), int(len(several) * share), endpoint=False).astype(int)
    names = [name for row in spread for name in several[row]]
    a, b = np.triu_indices(len(names), 1)
    pairs = [(names[i], names[j]) for i, j in zip(a, b, strict=True)]
    return names, pairs, [int(data.people[x] == data.people[y]) for x, y in pairs]


def _three(name: str, values: tuple[float, ...] | None) -> tuple[float, ...]:
    values = (127.5,) if values is None else values
    if len(values) not in (1, 3):
        raise _unsuitable(
            f"--{name} has {len(values)} numbers.", "Give one for all channels, or three."
        )
    return tuple(map(float, values)) * (3 // len(values))


def _unsuitable(detail: str, remedy: str) -> MlError:
    return MlError("option_unsuitable", detail, remedy)


def _text(values: tuple[float, ...]) -> str:
    values = values[:1] if len(set(values)) == 1 else values
    return ",".join(f"{value:g}" for value in values)
