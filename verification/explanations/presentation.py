"""The maps of an explanation as they are drawn and told."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from ..comparisons.kinds.pair import PAIR
from ..comparisons.models import Verification

SIDE = 160  # of the drawing
FAINTEST = 0.12  # share of the strongest part below which a part is not drawn
STRONGEST = 0.78  # opacity

REGIONS = {
    "forehead": gettext_lazy("forehead"),
    "eyes": gettext_lazy("eyes and brows"),
    "nose": gettext_lazy("nose"),
    "cheeks": gettext_lazy("cheeks"),
    "mouth": gettext_lazy("mouth"),
    "chin": gettext_lazy("chin"),
    "surroundings": gettext_lazy("hair and surroundings"),
}


@dataclass(frozen=True)
class Cell:
    """A square of a map: place and opacity as SVG attributes, and whether it speaks for the likeness."""

    x: str
    y: str
    side: str
    opacity: str
    speaks_for: bool


@dataclass(frozen=True)
class Share:
    """A region's share, as a number for a bar and in words."""

    name: str
    percent: int


class FaceMap:
    """One face with its map."""

    def __init__(self, which: str, letter: str, name: str, told: dict[str, Any], strongest: float):
        self.which, self.letter, self.name = which, letter, name
        self.crop = f"{which}_crop"
        self._told, self._strongest = told, strongest

    @cached_property
    def cells(self) -> list[Cell]:
        rows = self._told["cells"]
        side = SIDE / len(rows)
        return [
            Cell(
                f"{column * side:.1f}",
                f"{row * side:.1f}",
                f"{side:.1f}",
                f"{STRONGEST * abs(value) / self._strongest:.2f}",
                value > 0,
            )
            for row, values in enumerate(rows)
            for column, value in enumerate(values)
            if abs(value) >= FAINTEST * self._strongest
        ]

    @cached_property
    def shares(self) -> list[Share]:
        """Of all that speaks for the likeness, the largest first."""
        shares = [
            Share(str(REGIONS[name]), round(share * 100))
            for name, share in self._told["regions"].items()
        ]
        return sorted(shares, key=lambda share: -share.percent)

    @property
    def description(self) -> str:
        most = f" {gettext('and')} ".join(
            f"{share.name} {share.percent} %" for share in self.shares[:2]
        )
        if not most:
            return gettext("%(name)s: nothing.") % {"name": self.name}
        return gettext("%(name)s: most of the likeness lies in %(parts)s.") % {
            "name": self.name,
            "parts": most,
        }


class Maps:
    """Both faces, on one scale of colours."""

    def __init__(self, verification: Verification, result: dict[str, Any]):
        cells = [value for told in result.values() for row in told["cells"] for value in row]
        strongest = max(map(abs, cells), default=0) or 1
        self.faces = [
            FaceMap(role.which, role.letter, str(role.name), result[role.which], strongest)
            for role in PAIR.roles
        ]
        self.speaks_against = any(not cell.speaks_for for face in self.faces for cell in face.cells)
        self.outcome = verification.outcome

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """(region, its share in each face in percent), the largest in the first face first."""
        by_name = [{share.name: share.percent for share in face.shares} for face in self.faces]
        names = dict.fromkeys(share.name for face in self.faces for share in face.shares)
        return [(name, [shares.get(name, 0) for shares in by_name]) for name in names]

    @property
    def summary(self) -> str:
        """In a sentence, where the likeness lies."""
        totals: dict[str, int] = {}
        for face in self.faces:
            for share in face.shares:
                totals[share.name] = totals.get(share.name, 0) + share.percent
        most = sorted(totals, key=lambda name: -totals[name])[:2]
        if not most:
            return gettext("No part of the faces speaks for one person.")
        little = self.outcome == "no_match"
        if len(most) == 1:
            words = (
                gettext("What likeness there is lies in the %(first)s.")
                if little
                else gettext("Most of the likeness lies in the %(first)s.")
            )
            return words % {"first": most[0]}
        words = (
            gettext("What likeness there is lies in the %(first)s and the %(second)s.")
            if little
            else gettext("Most of the likeness lies in the %(first)s and the %(second)s.")
        )
        return words % {"first": most[0], "second": most[1]}
