"""What was measured of live sessions with the models that come with the project."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

from ml.live import measured as file

from .types import ModelIdentity

WORDS = {
    "leaves": gettext_noop("A person leaves the picture for a moment"),
    "phone_still": gettext_noop("A photo on a screen, turned and moved"),
    "print_bent": gettext_noop("A printed photo, bent, turned and moved"),
    "print_flat": gettext_noop("A flat printed photo, turned and moved"),
    "replay_other_order": gettext_noop("A film of other steps, fed in as a camera"),
    "replay_right_order": gettext_noop("A film of the right steps, fed in as a camera"),
    "second_person": gettext_noop("A second person comes into the picture"),
    "still": gettext_noop("A photo held still"),
    "swap": gettext_noop("Someone else takes the person's place"),
    "live": gettext_noop("A person who does the steps"),
    "dim": gettext_noop("The same in little light, out of focus"),
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
        return gettext("%(share)s %% (%(low)s to %(high)s %%), %(count)s of %(number)s") % {
            "share": shares[0],
            "low": shares[1],
            "high": shares[2],
            "count": count,
            "number": self.n,
        }


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
                _words(name),
                row["expected_to_pass"],
                _share(row["apcer"]),
                _share(row["iapar"]),
            )
            for name, row in measured["species"].items()
        ),
        people=tuple(
            People(_words(name), _share(row["bpcer"]))
            for name, row in measured["bona_fide"].items()
        ),
    )


def _words(name: str) -> str:
    return gettext(WORDS[name]) if name in WORDS else name


def _share(row: dict[str, Any]) -> Share:
    low, high = row["interval"]
    return Share(row["share"], low, high, row["n"])
