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
        """The scaling for the nearest one of several people who are searched.

        Before the search it is as likely as not that the person is among them, and each of them is then
        equally probable: the odds of one to nobody are 1 to n. By Bayes' theorem they are LR / (n + the
        others' LR) after it, with LR for the likelihood ratio of a score; the others of the nearest one
        add up to at most n on average, and to much less where people are told apart. They are left out.
        """
        return Platt(self.slope, self.intercept - float(np.log(max(people, 1))))

    def evidence(self, logits):
        """The logit of the probability, float (...) -> (...)."""
        return self.slope * np.asarray(logits, np.float64) + self.intercept

    def logit_at(self, probability: float) -> float:
        """The neuron's logit that gives this probability."""
        return (float(logit(probability)) - self.intercept) / self.slope
