"""The logistic function and its inverse: between the neuron's logits and numbers from 0 to 1."""

from dataclasses import dataclass

import numpy as np

LEAST_SLOPE = 1e-6


def sigmoid(x):
    """1 / (1 + e^-x), without overflow. float or array -> the same."""
    x = np.asarray(x, np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def logit(p):
    """The x whose sigmoid is p; -inf for 0 and inf for 1. float or array -> the same."""
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

        Scores of which higher ones are not likelier to be one person's say nothing; a slope that
        does not rise is taken for nearly flat, so that more alike never means less probable.
        """
        slope = max(float(calibration["slope"]), LEAST_SLOPE)
        return cls(slope, float(calibration["intercept"]))

    def among(self, people: int) -> "Platt":
        """The same for one of several people who are searched. Before anything is seen each of them,
        and nobody of them, is held equally probable: of one person that is the even chance that the
        scaling was fitted for, and it falls as there are more whom a stranger may resemble."""
        return Platt(self.slope, self.intercept - float(np.log(max(people, 1))))

    def evidence(self, logits):
        """The logit of the probability, float (...) -> (...)."""
        return self.slope * np.asarray(logits, np.float64) + self.intercept

    def logit_at(self, probability: float) -> float:
        """The neuron's logit at which the probability is reached."""
        return (float(logit(probability)) - self.intercept) / self.slope
