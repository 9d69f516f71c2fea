"""What was measured of searches in large galleries with the models that come with the project."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from ml.serving import identification

from .models_on_disk import to_serve


@dataclass(frozen=True)
class Searches:
    """Searches in a gallery: the shares of people in it who rank first and who are not found, and of
    strangers who are named, in words."""

    photos: int
    people: int
    first: str
    missed: str
    named: str


def identification_figures() -> tuple[Searches, ...]:
    """The figures for the model to serve; none if it was not measured. Raises ArtifactError."""
    found = identification.of(to_serve().manifest)
    return tuple(
        Searches(
            row["anchors"],
            row["people"],
            *(_words(row[part]) for part in ("rank1", "fnir", "fpir")),
        )
        for row in (found or {"searches": ()})["searches"]
    )


def _words(share: dict[str, Any]) -> str:
    """Such as "21 % (17 to 26 %)"."""
    digits = 0 if share["value"] >= 0.01 else 2
    value, low, high = (f"{share[key] * 100:.{digits}f}" for key in ("value", "low", "high"))
    return gettext("%(share)s %% (%(low)s to %(high)s %%)") % {
        "share": value, "low": low, "high": high,
    }  # fmt: skip
