"""The decision: two embeddings to a score, a calibrated probability and an outcome."""

import copy
from dataclasses import dataclass

import numpy as np

from ml.decision import distance

RATES = {"1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4}  # the false-match rates that are offered
DEFAULT_RATE = 1e-3
CERTAINTY = 0.9999  # what some 60,000 held-out pairs of the same person can still bear out


@dataclass(frozen=True)
class Decision:
    """similarity and probability 0-1; `band` (low, high) of similarities that decide nothing."""

    outcome: str
    similarity: float
    probability: float
    threshold: float
    band: tuple[float, float]
    false_match_rate: float

    @property
    def confidence(self) -> float:
        """Calibrated probability that the outcome is right; of the same person where it is open."""
        return 1 - self.probability if self.outcome == "no_match" else self.probability


class Head:
    """similarity = sigmoid(bias + weights . |a - b| ** power), and what it means.

    Args:
        head: {"weights": [d], "bias": float, "power"}, the Siamese network's last neuron, see `distance`.
        calibration: {"slope", "intercept"} of Platt scaling on the neuron's logit, for as many
            pairs of the same person as of different people.
        operating_points: by rate ("1e-3"), {"false_match_rate", "threshold", "band": [low, high]}.
    """

    def __init__(self, head: dict, calibration: dict, operating_points: dict):
        self._neuron = head | {"weights": np.asarray(head["weights"], np.float32)}
        self._slope, self._intercept = float(calibration["slope"]), float(calibration["intercept"])
        self.operating_points = operating_points

    def adjusted(self, shifts: dict[float, tuple[float, float]] | None) -> "Head":
        """The same network with thresholds moved: by false-match rate, in logits, the lower end of
        the band and the threshold. Probabilities stay as they were calibrated."""
        if not shifts:
            return self
        moved = copy.copy(self)
        moved.operating_points = {
            name: _moved(point, shifts.get(point["false_match_rate"], (0.0, 0.0)))
            for name, point in self.operating_points.items()
        }
        return moved

    def logits(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The neuron before its sigmoid. a, b: float (..., d), broadcast -> (...)."""
        return distance.logits(self._neuron, a, b)

    def similarities(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The network's score, 0-1, higher is more alike. (..., d), (..., d) -> (...)."""
        return _sigmoid(self.logits(a, b))

    def probability(self, logit) -> np.ndarray:
        """Calibrated probability of the same person, never more certain than `CERTAINTY`."""
        probability = _sigmoid(self._slope * np.asarray(logit) + self._intercept)
        return probability.clip(1 - CERTAINTY, CERTAINTY)

    def decide(
        self, a: np.ndarray, b: np.ndarray, false_match_rate: float = DEFAULT_RATE
    ) -> Decision:
        """Decide on one pair of embeddings, each (d,).

        Raises:
            ValueError: there is no operating point for this false-match rate.
        """
        point = self.operating_point(false_match_rate)
        logit = float(self.logits(a, b))
        similarity = float(_sigmoid(logit))
        low, high = point["band"]
        outcome = (
            "match" if similarity >= high else "no_match" if similarity < low else "inconclusive"
        )
        return Decision(
            outcome,
            similarity,
            float(self.probability(logit)),
            point["threshold"],
            (low, high),
            point["false_match_rate"],
        )

    def operating_point(self, false_match_rate: float) -> dict:
        for point in self.operating_points.values():
            if np.isclose(point["false_match_rate"], false_match_rate, rtol=1e-6):
                return point
        offered = ", ".join(
            f"{row['false_match_rate']:g}" for row in self.operating_points.values()
        )
        raise ValueError(
            f"No operating point for a false-match rate of {false_match_rate:g}; offered: {offered}."
        )


def _moved(point: dict, shift: tuple[float, float]) -> dict:
    low, high = (
        float(_sigmoid(np.log(end / (1 - end)) + by))
        for end, by in zip(point["band"], shift, strict=True)
    )
    return point | {"threshold": high, "band": [min(low, high), high]}


def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.asarray(x, np.float64)))
