"""What a score is worth as evidence where hardly any stranger reaches it.

Platt scaling is a straight line, fitted where both kinds of scores are dense. Among many people only scores
count that one stranger in a million reaches, and there it says far too little: on LFW such scores were
some hundred times as likely for two photos of one person as it allowed for. So from where the line falls behind,
evidence is the logarithm of the likelihood ratio, how often photos of one person have a score, as against
strangers, by one model for both. A squared distance in m dimensions falls short of r with a probability that
goes as r ** (m / 2) near 0 (Grassberger and Procaccia, 1983):

- strangers: the shares that were measured, continued by this power, as thresholds are (`Gallery`);
- photos of one person: the gamma distribution, which is that of squared distances of Gaussians in
  2 * SHAPE dimensions. Its scale is found by the rarest false-match rate at which matches were counted.

From the 10th to the 90th percentile the gamma distribution so found lies within 0.25 of the scores of `duo` and
`resnet29`, for any number of photos, also on people kept apart. All this needs nothing but what a model's
manifest has had from the start. docs/accuracy.md has the figures.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.decision.logistic import Platt, logit

SHAPE = 6
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
    reached: dict[float, float],
    highest: float,
    power: int,
) -> Platt | Measured:
    """The line, continued by likelihood ratios if the manifest says enough for them.

    Args:
        platt: the line, fitted to both kinds of scores.
        logit_of: the logits that shares of strangers reach, float (...) -> (...).
        reached: by false-match rate, the share of a person's own further photos that match.
        highest: the logit of an embedding and itself. power: of the neuron's distances, see `distance`.
    """
    known = [rate for rate, share in reached.items() if 0 < share < 1]
    if not known or not math.isfinite(highest):
        return platt

    def squared(logits):
        return np.maximum(highest - logits, 0.0) ** (2 / power)

    rarest = min(known)
    unit = squared(logit_of(rarest)) / _gamma_quantile(reached[rarest])
    rates = 10.0 ** -np.arange(-MOST, -RAREST, 1 / STEPS_A_DECADE)
    edges = logit_of(rates)
    told_apart = int(np.append(np.diff(edges) > APART, False).argmin())
    if not unit > 0 or told_apart < 2:
        return platt
    rates, distances = rates[:told_apart], squared(edges[:told_apart]) / unit
    middle = np.sqrt(distances[1:] * distances[:-1])
    same = (SHAPE - 1) * np.log(middle) - middle - math.lgamma(SHAPE) + np.log(-np.diff(distances))
    logits = highest - (middle * unit) ** (power / 2)
    ratios = same - np.log(-np.diff(rates))
    ratios[0] = platt.evidence(logits[0])
    return Measured(platt, logits, _bounded(np.maximum(ratios, platt.evidence(logits))))


def _bounded(evidence: np.ndarray) -> np.ndarray:
    """Evidence as it is with people who look alike, never falling."""
    return np.maximum.accumulate(-np.log(np.exp(-evidence) + ALIKE))


def _gamma_quantile(share: float) -> float:
    """The number below which this share of a gamma distribution of SHAPE and scale 1 lies."""
    low, high = 0.0, 10.0 * SHAPE
    for _ in range(60):
        x = (low + high) / 2
        above = math.exp(-x) * sum(x**j / math.factorial(j) for j in range(SHAPE))
        low, high = (x, high) if 1 - above < share else (low, x)
    return low
