"""How often an owner agreed with their verdicts, by outcome and by confidence."""

from dataclasses import dataclass, field

from django.utils.translation import gettext

from accounts.models import User

from .. import engine
from ..comparisons.kinds.registry import KINDS
from ..comparisons.models import Verification
from .models import Review

Answer = Review.Answer
Outcome = Verification.Outcome

SEVERAL = "several"
# Upper bounds of the confidence bands; the last one includes 1.
BANDS = (0.8, 0.95, 0.99, 1.0)


@dataclass
class Row:
    """Reviews of verdicts that have something in common."""

    name: str
    label: str
    right: int = 0
    wrong: int = 0
    unsure: int = 0
    confidences: list[float] = field(default_factory=list)  # of those called right or wrong

    @property
    def decided(self) -> int:
        return self.right + self.wrong

    @property
    def share(self) -> float | None:
        """Of the reviews that say right or wrong, the share that says right."""
        return self.right / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share."""
        return engine.wilson(self.right / self.decided, self.decided) if self.decided else None

    @property
    def mean_confidence(self) -> float | None:
        return sum(self.confidences) / len(self.confidences) if self.confidences else None

    def count(self, answer: str, confidence: float) -> None:
        setattr(self, answer, getattr(self, answer) + 1)
        if answer != Answer.UNSURE:
            self.confidences.append(confidence)


@dataclass(frozen=True)
class Agreement:
    """`by_confidence` counts the verdicts that say same person or different people."""

    total: Row
    by_outcome: list[Row]
    by_confidence: list[Row]
    verdicts: int  # reviewed or not

    @property
    def reviewed(self) -> int:
        return self.total.decided + self.total.unsure


def agreement(*, owner: User) -> Agreement:
    """Count an owner's reviews."""
    total = Row("all", gettext("All verdicts"))
    outcomes = {
        Outcome.MATCH.value: Row("match", gettext("Same person")),
        Outcome.NO_MATCH.value: Row("no_match", gettext("Different people")),
        Outcome.INCONCLUSIVE.value: Row("inconclusive", gettext("Cannot tell")),
        SEVERAL: Row("several", gettext("Many at once")),
    }
    bands = [Row(*_band_words(low, high)) for low, high in zip((0.0, *BANDS), BANDS, strict=False)]
    reviews = Review.objects.filter(verification__owner=owner).values_list(
        "answer", "verification__outcome", "verification__confidence", "verification__kind"
    )
    for answer, outcome, confidence, kind in reviews:
        assert confidence is not None  # a verdict has one, see the constraint of Verification
        total.count(answer, confidence)
        if KINDS[kind].has_many_answers:
            outcomes[SEVERAL].count(answer, confidence)  # no one confidence speaks for them all
            continue
        outcomes[outcome].count(answer, confidence)
        if outcome != Outcome.INCONCLUSIVE:
            place = next(i for i, high in enumerate(BANDS) if confidence < high or high == 1.0)
            bands[place].count(answer, confidence)
    done = Verification.objects.filter(owner=owner, state=Verification.State.DONE)
    return Agreement(total, list(outcomes.values()), bands, done.count())


def _band_words(low: float, high: float) -> tuple[str, str]:
    if not low:
        return f"below_{high:g}", gettext("below %(high)s %%") % {"high": f"{high * 100:.0f}"}
    if high == 1.0:
        return f"from_{low:g}", gettext("%(low)s %% or more") % {"low": f"{low * 100:.0f}"}
    both = {"low": f"{low * 100:.0f}", "high": f"{high * 100:.0f}"}
    return f"from_{low:g}", gettext("%(low)s to %(high)s %%") % both
