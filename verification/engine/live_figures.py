"""What was measured of live sessions with the models that come with the project."""

from dataclasses import dataclass
from typing import Any

from ml.live import measured as file

from .types import ModelIdentity

WORDS = {
    "leaves": "A person leaves the picture for a moment",
    "phone_still": "A photo on a screen, turned and moved",
    "print_bent": "A printed photo, bent, turned and moved",
    "print_flat": "A flat printed photo, turned and moved",
    "replay_other_order": "A film of other steps, fed in as a camera",
    "replay_right_order": "A film of the right steps, fed in as a camera",
    "second_person": "A second person comes into the picture",
    "still": "A photo held still",
    "swap": "Someone else takes the person's place",
    "live": "A person who does the steps",
    "dim": "The same in little light, out of focus",
}


@dataclass(frozen=True)
class Share:
    """A share of `n` presentations, 0 to 1, with its 95 % interval."""

    share: float
    low: float
    high: float
    n: int

    @property
    def words(self) -> str:
        """Such as "3 % (0 to 11 %), 1 of 30"."""
        shares = [f"{value * 100:.0f}" for value in (self.share, self.low, self.high)]
        count = round(self.share * self.n)
        return f"{shares[0]} % ({shares[1]} to {shares[2]} %), {count} of {self.n}"


@dataclass(frozen=True)
class Attacks:
    """One species: the shares that passed the challenge (APCER), and that passed and matched (IAPAR)."""

    words: str
    expected_to_pass: bool
    apcer: Share
    iapar: Share


@dataclass(frozen=True)
class People:
    """People who were refused (BPCER)."""

    words: str
    bpcer: Share


@dataclass(frozen=True)
class LiveFigures:
    """Figures of one model; `made` where all of it was drawn from photos."""

    made: bool
    attacks: tuple[Attacks, ...]
    people: tuple[People, ...]


def live_figures(model: ModelIdentity) -> LiveFigures | None:
    """The figures for a model; None if live sessions were not measured with it."""
    measured = file.read()
    if (measured["model"]["name"], measured["model"]["version"]) != (model.name, model.version):
        return None
    return LiveFigures(
        made=measured["made"],
        attacks=tuple(
            Attacks(
                WORDS.get(name, name),
                row["expected_to_pass"],
                _share(row["apcer"]),
                _share(row["iapar"]),
            )
            for name, row in measured["species"].items()
        ),
        people=tuple(
            People(WORDS.get(name, name), _share(row["bpcer"]))
            for name, row in measured["bona_fide"].items()
        ),
    )


def _share(row: dict[str, Any]) -> Share:
    low, high = row["interval"]
    return Share(row["share"], low, high, row["n"])
