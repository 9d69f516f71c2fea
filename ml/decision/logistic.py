"""The logistic function, its inverse, and Platt scaling."""

from dataclasses import dataclass

import numpy as np

LEAST_SLOPE = 1e-6


def sigmoid(x):
    """1 / (1 + e^-x), without overflow, for a float or an array."""
    x = np.asarray(x, np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def logit(p):
    """The inverse of `sigmoid`, for a float or an array; -inf for 0 and inf for 1."""
    p = np.asarray(p, np.float64)
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-p)


def odds_against(people: int) -> float:
    """What a search among so many people takes from the evidence for each of them.

    Before the search it is as likely as not that the person is among them at all, and each of them is
    equally probable. By Bayes' theorem the odds of one of n are then LR / (n + the sum of the others' LR),
    with LR for the likelihood ratio of a score. That of a stranger is 1 on average, so the odds are LR /
    (2 n - 1); for one person alone, the even chance that scalings are fitted for.
    """
    return float(np.log(2 * max(people, 1) - 1))


@dataclass(frozen=True)
class Platt:
    """Platt scaling: the probability of the same person is sigmoid(slope * logit + intercept)."""

    slope: float
    intercept: float

    @classmethod
    def of(cls, calibration: dict) -> "Platt":
        """From a manifest's {"slope", "intercept"}.

        A slope of zero or below is replaced by a very small one, so that a higher score never means a
        lower probability.
        """
        slope = max(float(calibration["slope"]), LEAST_SLOPE)
        return cls(slope, float(calibration["intercept"]))

    def among(self, people: int) -> "Platt":
        """The scaling for each one of several people who are searched, see `odds_against`."""
        return Platt(self.slope, self.intercept - odds_against(people))

    def evidence(self, logits):
        """The logit of the probability, float (...) -> (...)."""
        return self.slope * np.asarray(logits, np.float64) + self.intercept

    def logit_at(self, probability: float) -> float:
        """The neuron's logit that gives this probability."""
        return (float(logit(probability)) - self.intercept) / self.slope
