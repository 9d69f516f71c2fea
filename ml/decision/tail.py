"""What a score is worth as evidence where hardly any stranger reaches it.

Platt scaling is a straight line, fitted where both kinds of scores are dense. Among many people only scores
count that one stranger in a million reaches, and there it says far too little: on LFW such scores were
some hundred times as likely for two photos of one person as it allowed for. So from where the line falls behind,
evidence is the logarithm of the likelihood ratio, how often photos of one person have a score, as against
strangers. Both are described by gamma distributions, which are those of squared distances of Gaussians in twice
as many dimensions as their shape:

- photos of one person: SHAPE, with the scale found by the rarest false-match rate at which matches were counted.
  From the 10th to the 90th percentile it lies within 0.25 of the scores of `duo` and `resnet29`, for any number
  of photos, also on people kept apart;
- strangers: the shares that were measured and their power, as thresholds are (`Gallery`), up to likelihood
  ratios of a thousand; beyond, the gamma distribution through the shares COMMON and RARE. At a share of 1 in a
  million it is within a third of what was measured with drawn people, where the power has three to four times as
  many strangers: the safe side for a threshold, but no probability.

All this needs nothing but what a model's manifest has had from the start. docs/accuracy.md has the figures.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.decision import gamma
from ml.decision.logistic import Platt, logit

SHAPE = 6  # of the distribution of one person's photos
COMMON, RARE = 1e-2, 1e-4  # shares of strangers through which their distribution goes
# Evidence up to which the shares that were measured hold. It decides among as many people.
SETTLED = math.log(1000)
# The share of pairs of two people taken to look like one person, whatever the reason (twins, doubles, one
# person under two names): LFW's development people, a million pairs, cannot show that there are fewer.
ALIKE = 1e-6
MOST, RAREST = -2, -30  # the rates between which strangers' tails are described, powers of ten
STEPS_A_DECADE = 4
APART = 1e-6  # the least difference of two logits that are told apart


@dataclass(frozen=True, eq=False)
class Measured:
    """Likelihood ratios by logit, used in place of a `Platt`.

    Below the first logit the line `platt` holds, between two a straight line, and above the last nothing
    more is gained.

    Args:
        logits, values: (m,), rising; a value is the logarithm of a likelihood ratio.
        people: how many are searched.
    """

    platt: Platt
    logits: np.ndarray
    values: np.ndarray
    people: int = 1

    def among(self, people: int) -> "Measured":
        """As `Platt.among`."""
        return Measured(self.platt, self.logits, self.values, max(people, 1))

    def under(self, platt: Platt, moved: Callable) -> "Measured":
        """For faces of another line, of which as many strangers reach the logits `moved(logits)`.

        Their own scores are too few for the tail: it rises above the line as that of whole faces does where
        strangers are as rare.
        """
        logits = np.maximum(self.logits, moved(self.logits))
        gained = np.maximum(self.values - self.platt.evidence(self.logits), 0.0)
        return Measured(platt, logits, _bounded(platt.evidence(logits) + gained), self.people)

    def evidence(self, logits):
        """The logit of the probability, float (...) -> (...)."""
        logits = np.asarray(logits, np.float64)
        dense, rare = self.platt.evidence(logits), np.interp(logits, self.logits, self.values)
        return np.where(logits < self.logits[0], dense, rare) - math.log(self.people)

    def logit_at(self, probability: float) -> float:
        """The neuron's logit that gives this probability; infinite if none does."""
        wanted = float(logit(probability)) + math.log(self.people)
        if wanted < self.values[0]:
            return (wanted - self.platt.intercept) / self.platt.slope
        if wanted > self.values[-1]:
            return float("inf")
        return float(np.interp(wanted, self.values, self.logits))


def measured(
    platt: Platt,
    logit_of: Callable,
    fewest: Callable,
    rarest: float,
    reached: dict[float, float],
    highest: float,
    power: int,
) -> Platt | Measured:
    """The line, continued by likelihood ratios if the manifest says enough for them.

    Args:
        platt: the line, fitted to both kinds of scores.
        logit_of: the logits that shares of strangers reach, float (...) -> (...).
        fewest: the same for people with the fewest photos. Most people, by far, are measured with these, and
            how many dimensions there are does not depend on the number of photos.
        rarest: the rarest share of strangers that was measured.
        reached: by false-match rate, the share of a person's own further photos that match.
        highest: the logit of an embedding and itself. power: of the neuron's distances, see `distance`.
    """
    known = [rate for rate, share in reached.items() if 0 < share < 1]
    if not known or not math.isfinite(highest):
        return platt

    def squared(logits):
        return np.maximum(highest - logits, 0.0) ** (2 / power)

    def curve(edges):
        """Logits, and the evidence of the scores between `edges`, which shares `rates` of strangers reach."""
        told_apart = int(np.append(np.diff(edges) > APART, False).argmin())
        if not unit > 0 or told_apart < 2:
            return None
        distances = squared(edges[:told_apart]) / unit
        middle = np.sqrt(distances[1:] * distances[:-1])
        same = (SHAPE - 1) * np.log(middle) - middle - math.lgamma(SHAPE)
        ratios = same + np.log(np.diff(distances) / np.diff(rates[:told_apart]))
        logits = highest - (middle * unit) ** (power / 2)
        ratios[0] = platt.evidence(logits[0])
        return logits, _bounded(np.maximum(ratios, platt.evidence(logits)))

    counted = min(known)
    unit = squared(logit_of(counted)) / gamma.quantiles((reached[counted],), SHAPE)[0]
    rates = 10.0 ** -np.arange(-MOST, -RAREST, 1 / STEPS_A_DECADE)
    near = curve(logit_of(rates))
    if near is None:
        return platt
    rare = max(rarest, RARE)
    shape = _shape(squared(fewest(np.array([COMMON, rare]))), rare)
    if shape is None:
        return Measured(platt, *near)
    scale = squared(logit_of(rare)) / gamma.quantiles((rare,), shape)[0]
    distances = scale * gamma.quantiles(tuple(rates.tolist()), shape)
    far = curve(highest - distances ** (power / 2))
    if far is None:
        return Measured(platt, *near)
    settled = int(np.searchsorted(near[1], SETTLED, side="right")) + 1
    logits, values = (part[:settled] for part in near)
    further = (far[0] > logits[-1]) & (far[1] > values[-1])
    return Measured(platt, np.append(logits, far[0][further]), np.append(values, far[1][further]))


def _bounded(evidence: np.ndarray) -> np.ndarray:
    """Evidence as it is with people who look alike, never falling."""
    return np.maximum.accumulate(-np.log(np.exp(-evidence) + ALIKE))


def _shape(squares: np.ndarray, rare: float) -> float | None:
    """Of strangers' distribution by the squared distances that COMMON and rare ones have; None if they are
    too near to each other to tell."""
    if rare > COMMON / 10 or not squares.min() > 0:
        return None
    return gamma.shape_of(float(squares[0] / squares[1]), COMMON, rare)
