"""What a verdict would have been at each setting: the same similarity against another threshold."""

from dataclasses import dataclass

from django.utils.translation import gettext

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..text.numbers import grouped
from .forms import USUAL, rate_value
from .kinds.base import INCONCLUSIVE, MATCH, NO_MATCH, conditions_of
from .kinds.registry import kind_of
from .models import Verification
from .presentation import Scale
from .verdicts import is_of_earlier_rule, probability_of

SAME_POINT = 2e-6  # two thresholds, rounded to six digits, are the same


@dataclass(frozen=True)
class Setting:
    """One of the settings: its verdict, how often it is wrong, and its place on the scale."""

    value: str
    name: str
    odds: str
    status: str
    label: str
    missed: str
    scale: Scale
    is_chosen: bool  # by which the verdict was given
    is_shown: bool

    @property
    def is_usual(self) -> bool:
        return self.value == USUAL

    @property
    def spoken(self) -> str:
        return f"{self.name}, {self.odds}: {self.label}"


def settings_of(verification: Verification, *, at: str = "") -> list[Setting]:
    """The most relaxed first, the one `at` this false-match rate shown; else that of the verdict.

    Empty where it cannot be said: the kind has no single threshold, another model is served by now, or
    the owner's thresholds have changed. Then the verdict's own setting would not come out as it was.
    """
    v = verification
    probability = probability_of(v)
    if v.similarity is None or v.threshold is None or is_of_earlier_rule(v.outcome, probability):
        return []
    points = kind_of(v).points(v, thresholds_of(v.owner_id, v.gallery_id))
    own = next(
        (p for p in points if rate_value(p.false_match_rate) == rate_value(v.false_match_rate)),
        None,
    )
    if own is None or not _is_same(v, own):
        return []
    values = [rate_value(point.false_match_rate) for point in points]
    shown = at if at in values else rate_value(v.false_match_rate)
    return [_setting(v, point, own, shown) for point in points]


def _is_same(v: Verification, point: engine.OperatingPoint) -> bool:
    ends = (
        (v.threshold, point.threshold),
        (v.band_low, point.band.low),
        (v.band_high, point.band.high),
    )
    return all(one is not None and abs(one - other) < SAME_POINT for one, other in ends)


def _setting(
    v: Verification, point: engine.OperatingPoint, own: engine.OperatingPoint, shown: str
) -> Setting:
    status = v.outcome if point is own else _outcome(v, point)
    value = rate_value(point.false_match_rate)
    return Setting(
        value=value,
        name=engine.strictness(point.false_match_rate),
        odds=engine.odds(point.false_match_rate),
        status=status,
        label=str(engine.OUTCOMES[status]),
        missed=_missed(v, point),
        scale=Scale.of(v.similarity or 0.0, point.threshold, point.band.low, point.band.high),
        is_chosen=point is own,
        is_shown=value == shown,
    )


def _outcome(v: Verification, point: engine.OperatingPoint) -> str:
    """Whether people are different follows from the probability, whatever the setting."""
    if v.outcome == NO_MATCH:
        return NO_MATCH
    return MATCH if (v.similarity or 0.0) >= point.threshold else INCONCLUSIVE


def _missed(v: Verification, point: engine.OperatingPoint) -> str:
    """How many of 1,000 photos of the same person would not match; empty where nobody has measured."""
    weaker = any(conditions_of(v, role) for role in ("probe", "reference"))
    if point.true_match_rate is None or weaker:
        return ""
    return gettext("%(number)s in 1,000") % {
        "number": grouped(round(1000 * (1 - point.true_match_rate)))
    }
