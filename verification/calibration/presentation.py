"""A measurement in words and as a drawing."""

from dataclasses import dataclass

from django.utils.formats import get_format
from django.utils.translation import gettext

from .. import engine
from .models import GalleryCalibration

WIDTH, HALF = 400, 90  # of the drawing; one kind is drawn upwards, the other downwards
USUAL_RATE = 1e-3


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Measured:
    """A share in words, with its interval."""

    share: str
    interval: str


@dataclass(frozen=True)
class Point:
    """One setting: the model's threshold and the gallery's own, and the errors of both there."""

    name: str
    odds: str
    threshold: str
    false_matches: Measured
    missed: Measured
    own: dict | None
    needed: int


def share(value: float | None, count: int) -> Measured:
    """A share of pairs. The interval counts people, or pairs of people, once: several photos of the
    same two people are alike and are not independent trials."""
    if value is None:
        return Measured(gettext("not known"), "")
    low, high = engine.wilson(value, count)
    interval = gettext("%(low)s to %(high)s") % {"low": _percent(low), "high": _percent(high)}
    return Measured(_percent(value), interval)


def _percent(value: float) -> str:
    value *= 100
    told = f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.2g}"
    return gettext("%(number)s %%") % {"number": _written(told)}


def _written(number: str) -> str:
    """With the reader's decimal sign."""
    return number.replace(".", get_format("DECIMAL_SEPARATOR"))


class Report:
    """A finished measurement."""

    def __init__(self, calibration: GalleryCalibration):
        self.calibration = calibration
        self.result = calibration.result
        points = self.result["points"]
        usual = next((p for p in points if p["false_match_rate"] == USUAL_RATE), points[0])
        self.main = next((p for p in reversed(points) if p["own"]), usual)

    @property
    def main_odds(self) -> str:
        return engine.odds(self.main["false_match_rate"])

    @property
    def points(self) -> list[Point]:
        return [self._point(point) for point in self.result["points"]]

    def _point(self, point: dict) -> Point:
        rate, own = point["false_match_rate"], point["own"]
        pairs, people = self.result["people_pairs"], self.result["people_with_several"]
        return Point(
            name=engine.strictness(rate),
            odds=engine.odds(rate),
            threshold=_written(f"{point['threshold']:.3f}"),
            false_matches=share(point["fmr"], pairs),
            missed=share(point["fnmr"], people),
            own=own
            and {
                "threshold": _written(f"{own['threshold']:.3f}"),
                "direction": gettext("stricter")
                if own["threshold"] > point["threshold"]
                else gettext("more lenient"),
                "false_matches": share(own["fmr"], pairs),
                "missed": share(own["fnmr"], people),
            },
            needed=engine.people_needed(rate),
        )

    @property
    def within_chance(self) -> bool:
        """Whether the model's rate, at the setting drawn, fits what was measured."""
        low, high = engine.wilson(self.main["fmr"], self.result["people_pairs"])
        return low <= self.main["false_match_rate"] <= high

    @property
    def genuine(self) -> list[Bar]:
        return self._bars("genuine", up=True)

    @property
    def impostor(self) -> list[Bar]:
        return self._bars("impostor", up=False)

    def _bars(self, kind: str, *, up: bool) -> list[Bar]:
        counts = self.result["histogram"][kind]
        width, most = WIDTH / len(counts), max(counts) or 1
        bars = []
        for place, count in enumerate(counts):
            height = (count / most) ** 0.5 * (HALF - 6)  # square root: single pairs are seen too
            if count:
                y = HALF - height if up else HALF
                bars.append(
                    Bar(
                        f"{place * width + 0.6:.1f}",
                        f"{y:.1f}",
                        f"{width - 1.2:.1f}",
                        f"{height:.1f}",
                    )
                )
        return bars

    @property
    def model_x(self) -> str:
        return f"{self.main['threshold'] * WIDTH:.1f}"

    @property
    def own_x(self) -> str:
        return f"{self.main['own']['threshold'] * WIDTH:.1f}" if self.main["own"] else ""

    @property
    def own_threshold(self) -> str:
        return _written(f"{self.main['own']['threshold']:.3f}") if self.main["own"] else ""

    @property
    def model_threshold(self) -> str:
        return _written(f"{self.main['threshold']:.3f}")

    @property
    def table(self) -> list[tuple[str, int, int]]:
        """The histogram as numbers, in ten steps."""
        genuine, impostor = (self.result["histogram"][kind] for kind in ("genuine", "impostor"))
        step = len(genuine) // 10
        return [
            (
                gettext("%(low)s to %(high)s")
                % {"low": _written(f"{i / 10:.1f}"), "high": _written(f"{(i + 1) / 10:.1f}")},
                sum(genuine[i * step : (i + 1) * step]),
                sum(impostor[i * step : (i + 1) * step]),
            )
            for i in range(10)
        ]

    @property
    def description(self) -> str:
        fields = {
            "genuine": self.result["genuine"],
            "impostor": self.result["impostor"],
            "model": self.model_threshold,
            "own": self.own_threshold,
        }
        if self.own_x:
            return (
                gettext(
                    "Histogram of similarities from 0 to 1: %(genuine)s pairs of one person above the line, "
                    "%(impostor)s pairs of two people below it. The model's threshold is %(model)s, your "
                    "gallery's %(own)s."
                )
                % fields
            )
        return (
            gettext(
                "Histogram of similarities from 0 to 1: %(genuine)s pairs of one person above the line, "
                "%(impostor)s pairs of two people below it. The model's threshold is %(model)s."
            )
            % fields
        )
