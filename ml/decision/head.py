"""The head: from two embeddings to a score, and to a decision at a false-match rate."""

import copy

import numpy as np

from ml.decision import conditions, distance, rule
from ml.decision.logistic import Platt, logit, sigmoid
from ml.decision.rule import CERTAINTY, NO_MATCH_CHANCE, Decision
from ml.decision.words import same_rate
from ml.errors import RateUnknown
from ml.sentences import sentence

__all__ = ["CERTAINTY", "DEFAULT_RATE", "NO_MATCH_CHANCE", "RATES", "Decision", "Head", "at_rate"]

RATES = {"1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5}  # offered to users
DEFAULT_RATE = 1e-3
NO_POINT = sentence("No operating point for a false-match rate of %(rate)s; offered: %(offered)s.")


class Head:
    """similarity = sigmoid(bias + weights . |a - b| ** power), and the decision on it.

    Thresholds are kept as logits; similarities, from 0 to 1, are for users.

    Args:
        head: {"weights": [d], "bias": float, "power"}, the Siamese network's last neuron, see `distance`.
        calibration: {"slope", "intercept"} of Platt scaling on the neuron's logit, for equally many
            pairs of the same person and of different people; "conditions", see
            `ml.calibration.conditions.fit`.
        operating_points: by rate ("1e-3"), {"false_match_rate", "threshold"} and further figures.
        no_match_chance: the highest probability of the same person with the outcome "no_match".

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
        self._whole = Platt.of(calibration)
        self.platt: conditions.Scaling = self._whole
        self.conditions = calibration.get("conditions", {})
        self.no_match_chance = rule.checked_chance(no_match_chance)
        self._points = operating_points
        self._thresholds = {
            name: float(logit(point["threshold"])) for name, point in operating_points.items()
        }

    @classmethod
    def of(cls, manifest: dict, *, no_match_chance: float | None = None) -> "Head":
        """A model's head from its manifest; `no_match_chance` replaces the manifest's."""
        if no_match_chance is None:
            no_match_chance = manifest.get("no_match_chance", NO_MATCH_CHANCE)
        return cls(
            manifest["head"],
            manifest["calibration"],
            manifest["operating_points"],
            no_match_chance=no_match_chance,
        )

    @property
    def neuron(self) -> dict:
        """{"weights": float32 (d,), "bias", "power"}, see `distance`."""
        return self._neuron

    @property
    def rates(self) -> list[float]:
        """The false-match rates with an operating point, as the manifest lists them."""
        return [point["false_match_rate"] for point in self._points.values()]

    @property
    def operating_points(self) -> dict:
        """By name of the rate, see `operating_point`, with further figures from the manifest."""
        return {name: self._point(name) for name in self._points}

    def adjusted(self, shifts: dict[float, float] | None) -> "Head":
        """A head with thresholds moved.

        Probabilities, and with them the outcome "no_match", stay as they were calibrated.

        Args:
            shifts: by false-match rate, in logits.
        """
        if not shifts:
            return self
        moved = copy.copy(self)
        moved._thresholds = {
            name: threshold + at_rate(shifts, self._points[name]["false_match_rate"], 0.0)
            for name, threshold in self._thresholds.items()
        }
        return moved

    def under(self, a: conditions.Conditions = (), b: conditions.Conditions = ()) -> "Head":
        """A head for faces with conditions `a` and `b`, see `ml.decision.conditions`.

        Probabilities are those measured for such faces; thresholds are never lower than for whole faces.
        """
        if not conditions.applicable(self.conditions, a, b):
            return self
        changed = copy.copy(self)
        changed.platt = conditions.scaling(self._whole, self.conditions, a, b)
        changed._thresholds = {
            name: conditions.moved(threshold, self.conditions, a, b)
            for name, threshold in self._thresholds.items()
        }
        return changed

    @property
    def squared_weights(self) -> np.ndarray | None:
        """w, float32 (d,) of 0 or more, where a logit is bias - w . (a - b) ** 2; None: it is not."""
        weights = -self._neuron["weights"]
        return weights if self._neuron.get("power", 1) == 2 and (weights >= 0).all() else None

    @property
    def highest_logit(self) -> float:
        """The logit of an embedding and itself, which no pair exceeds; infinite if a weight is positive."""
        return float(self._neuron["bias"]) if self._neuron["weights"].max() <= 0 else float("inf")

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
        """The threshold of a false-match rate, as a logit. Raises RateUnknown."""
        return self._thresholds[self._name(false_match_rate)]

    def operating_point(self, false_match_rate: float) -> dict:
        """{"false_match_rate", "threshold", "band": [low, high]} in similarities.

        A match from the threshold on, which is `high`; different people up to `low`; inconclusive
        between the two.

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
        raise RateUnknown(NO_POINT % {"rate": f"{false_match_rate:g}", "offered": offered})


def at_rate(values: dict[float, float], rate: float, default=None):
    """Look up the value of a rate in a dict by rates, whose last digits may differ."""
    return next((value for known, value in values.items() if same_rate(known, rate)), default)
