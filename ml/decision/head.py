"""The head: two embeddings to a score, and what the score means at a false-match rate."""

import copy

import numpy as np

from ml.decision import conditions, distance, rule
from ml.decision.logistic import Platt, logit, sigmoid
from ml.decision.rule import CERTAINTY, NO_MATCH_CHANCE, Decision
from ml.decision.words import same_rate
from ml.errors import RateUnknown

__all__ = ["CERTAINTY", "DEFAULT_RATE", "NO_MATCH_CHANCE", "RATES", "Decision", "Head", "at_rate"]

RATES = {"1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5}  # that are offered
DEFAULT_RATE = 1e-3


class Head:
    """similarity = sigmoid(bias + weights . |a - b| ** power), and what it means.

    Thresholds are kept as logits; similarities, from 0 to 1, are for those who read them.

    Args:
        head: {"weights": [d], "bias": float, "power"}, the Siamese network's last neuron, see `distance`.
        calibration: {"slope", "intercept"} of Platt scaling on the neuron's logit, for as many
            pairs of the same person as of different people; "conditions", see
            `ml.calibration.conditions.fit`.
        operating_points: by rate ("1e-3"), {"false_match_rate", "threshold"} and what else is known.
        no_match_chance: the probability of the same person up to which people are told apart.

    Raises:
        ValueError: `no_match_chance` is not between 0 and 0.5.
    """

    def __init__(
        self,
        head: dict,
        calibration: dict,
        operating_points: dict,
        *,
        no_match_chance: float = NO_MATCH_CHANCE,
    ):
        self._neuron = head | {"weights": np.asarray(head["weights"], np.float32)}
        self.platt = Platt.of(calibration)
        self.conditions = calibration.get("conditions", {})
        self.no_match_chance = rule.checked_chance(no_match_chance)
        self._points = operating_points
        self._thresholds = {
            name: float(logit(point["threshold"])) for name, point in operating_points.items()
        }

    @classmethod
    def of(cls, manifest: dict, *, no_match_chance: float | None = None) -> "Head":
        """A model's head from its manifest; a `no_match_chance` given wins over the manifest's."""
        if no_match_chance is None:
            no_match_chance = manifest.get("no_match_chance", NO_MATCH_CHANCE)
        return cls(
            manifest["head"],
            manifest["calibration"],
            manifest["operating_points"],
            no_match_chance=no_match_chance,
        )

    @property
    def rates(self) -> list[float]:
        """The false-match rates with an operating point, as the manifest lists them."""
        return [point["false_match_rate"] for point in self._points.values()]

    @property
    def operating_points(self) -> dict:
        """By rate's name, see `operating_point`, with what else the manifest says of it."""
        return {name: self._point(name) for name in self._points}

    def adjusted(self, shifts: dict[float, float] | None) -> "Head":
        """The same network with thresholds moved: by false-match rate, in logits. Probabilities, and
        with them what is told apart, stay as they were calibrated."""
        if not shifts:
            return self
        moved = copy.copy(self)
        moved._thresholds = {
            name: threshold + at_rate(shifts, self._points[name]["false_match_rate"], 0.0)
            for name, threshold in self._thresholds.items()
        }
        return moved

    def under(self, a=(), b=()) -> "Head":
        """The same for faces with conditions `a` and `b`, see `ml.decision.conditions`: probabilities
        are those measured for such faces, and thresholds are not lower than for whole ones."""
        if not conditions.speaking(self.conditions, a, b):
            return self
        changed = copy.copy(self)
        changed.platt = conditions.scaling(self.platt, self.conditions, a, b)
        changed._thresholds = {
            name: conditions.moved(threshold, self.conditions, a, b)
            for name, threshold in self._thresholds.items()
        }
        return changed

    def logits(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The neuron before its sigmoid. a, b: float (..., d), broadcast -> (...)."""
        return distance.logits(self._neuron, a, b)

    def similarities(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The network's score, 0-1, higher is more alike. (..., d), (..., d) -> (...)."""
        return sigmoid(self.logits(a, b))

    def probability(self, logit) -> np.ndarray:
        """Calibrated probability of the same person, never more certain than `CERTAINTY`."""
        return rule.probability(logit, self.platt)

    def outcomes(self, logits, false_match_rate: float = DEFAULT_RATE) -> np.ndarray:
        """The outcome of each score. float (...) -> str (...). Raises RateUnknown."""
        threshold = self._thresholds[self._name(false_match_rate)]
        return rule.outcomes(logits, threshold, self.platt, self.no_match_chance)

    def decide(
        self, a: np.ndarray, b: np.ndarray, false_match_rate: float = DEFAULT_RATE
    ) -> Decision:
        """Decide on one pair of embeddings, each (d,).

        Raises:
            RateUnknown: there is no operating point for this false-match rate.
        """
        name = self._name(false_match_rate)
        return rule.decide(
            float(self.logits(a, b)),
            self._thresholds[name],
            self.platt,
            self.no_match_chance,
            self._points[name]["false_match_rate"],
        )

    def threshold(self, false_match_rate: float) -> float:
        """The logit that the false-match rate asks for. Raises RateUnknown."""
        return self._thresholds[self._name(false_match_rate)]

    def operating_point(self, false_match_rate: float) -> dict:
        """{"false_match_rate", "threshold", "band": [low, high]} in similarities: a match from the
        threshold on, which is `high`; different people up to `low`; open between them.

        Raises:
            RateUnknown: as `decide`.
        """
        return self._point(self._name(false_match_rate))

    def _point(self, name: str) -> dict:
        ends = rule.band(self._thresholds[name], self.platt, self.no_match_chance)
        low, high = (float(sigmoid(end)) for end in ends)
        return self._points[name] | {"threshold": high, "band": [low, high]}

    def _name(self, false_match_rate: float) -> str:
        for name, point in self._points.items():
            if same_rate(point["false_match_rate"], false_match_rate):
                return name
        offered = ", ".join(f"{rate:g}" for rate in self.rates)
        raise RateUnknown(
            f"No operating point for a false-match rate of {false_match_rate:g}; offered: {offered}."
        )


def at_rate(values: dict[float, float], rate: float, default=None):
    """The value of a rate in a dict by rates, however the rates were reckoned."""
    return next((value for known, value in values.items() if same_rate(known, rate)), default)
