"""Verdicts against people with several anchor photos, and the search over many people.

A person's template is the mean of the anchors' embeddings, scaled back to length 1. On LFW people with
several photos it beat the best anchor's score, the mean score, the two best scores and a mean weighted by
quality at every false-match rate below 1 in 100. More anchors change the scores of strangers too, so each
number of anchors has operating points of its own.
"""

import copy
from dataclasses import dataclass

import numpy as np

from ml.decision.head import CERTAINTY, DEFAULT_RATE, Decision, Head

CHUNK = 8192  # rows scored at a time: keeps the differences in the processor's cache


def template(anchors: np.ndarray) -> np.ndarray:
    """One embedding for a person: float (k, d) of unit length -> (d,) of unit length.

    Raises:
        ValueError: there are no anchors.
    """
    if not len(anchors):
        raise ValueError("A person needs at least one anchor.")
    mean = anchors.mean(axis=0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-6)).astype(np.float32)


@dataclass(frozen=True)
class PersonDecision:
    """The verdict on a person and each anchor's own similarity, in the order given."""

    decision: Decision
    anchor_similarities: list[float]


@dataclass(frozen=True)
class Candidate:
    """A row of the searched templates, with the decision at the search's rate."""

    row: int
    decision: Decision


class Gallery:
    """Decides on templates.

    Args:
        head: the model's head.
        spec: the manifest's "gallery": {"anchors": [k...], "rates": [r...] falling,
            "logits": {"k": [logit that a share r of strangers reaches...]},
            "calibration": {"k": {"slope", "intercept"}}}.
    """

    def __init__(self, head: Head, spec: dict):
        self._head = head
        self._spec = spec
        self._shifts: dict[float, tuple[float, float]] = {}
        self._log_rates = np.log10(spec["rates"])

    def adjusted(self, shifts: dict[float, tuple[float, float]] | None) -> "Gallery":
        """The same with thresholds moved as `Head.adjusted` moves those for pairs."""
        if not shifts:
            return self
        moved = copy.copy(self)
        moved._shifts = shifts
        return moved

    def operating_point(self, false_match_rate: float, anchors: int, candidates: int = 1) -> dict:
        """Threshold and band for a template of so many anchors among so many candidates.

        Where a probe is compared with n people, each comparison gets 1/n of the rate, so that a
        stranger meets any of them no more often than the rate says, whatever n is (Bonferroni).
        Rates rarer than those measured continue the measured tail in a straight line.

        Returns:
            {"false_match_rate", "threshold", "band": [low, high]} in similarities.
        """
        k = self._measured(anchors)
        by_low, by_high = self._shifts.get(false_match_rate, (0.0, 0.0))
        high, low = (
            _sigmoid(self._logit_at(rate / max(candidates, 1), k) + by)
            for rate, by in ((false_match_rate, by_high), (10 * false_match_rate, by_low))
        )
        low = min(low, high)
        return {"false_match_rate": false_match_rate, "threshold": high, "band": [low, high]}

    def decide(
        self, probe: np.ndarray, anchors: np.ndarray, false_match_rate: float = DEFAULT_RATE
    ) -> PersonDecision:
        """Compare a probe (d,) with all anchors (k, d) of one person."""
        logit = float(self._head.logits(probe, template(anchors)))
        decision = self._decision(logit, len(anchors), false_match_rate, 1)
        each = self._head.similarities(probe[None], anchors)
        return PersonDecision(decision, [float(value) for value in each])

    def search(
        self,
        probe: np.ndarray,
        templates: np.ndarray,
        counts: np.ndarray,
        *,
        false_match_rate: float = DEFAULT_RATE,
        limit: int = 10,
        probes: int = 1,
    ) -> list[Candidate]:
        """Rank people by similarity to a probe.

        Args:
            probe: (d,). templates: float32 (n, d). counts: (n,), anchors behind each template.
            limit: how many to return, best first, whether they pass or not.
            probes: how many faces of one photo are searched for. They share the rate, so that a
                photo of strangers has anyone named no more often than it says (Bonferroni).

        Returns:
            candidates; those whose outcome is "match" pass.
        """
        n = len(templates)
        logits = np.empty(n, np.float32)
        for start in range(0, n, CHUNK):
            logits[start : start + CHUNK] = self._head.logits(
                probe, templates[start : start + CHUNK]
            )
        best = np.argpartition(-logits, min(limit, n) - 1)[:limit] if n else np.empty(0, int)
        found = [
            Candidate(
                int(row),
                self._decision(float(logits[row]), int(counts[row]), false_match_rate, n * probes),
            )
            for row in best
        ]
        order = {"match": 0, "inconclusive": 1, "no_match": 2}
        return sorted(
            found, key=lambda row: (order[row.decision.outcome], -row.decision.similarity)
        )

    def _decision(self, logit: float, anchors: int, rate: float, candidates: int) -> Decision:
        point = self.operating_point(rate, anchors, candidates)
        low, high = point["band"]
        similarity = _sigmoid(logit)
        outcome = (
            "match" if similarity >= high else "no_match" if similarity < low else "inconclusive"
        )
        platt = self._spec["calibration"][str(self._measured(anchors))]
        probability = _sigmoid(platt["slope"] * logit + platt["intercept"])
        probability = float(np.clip(probability, 1 - CERTAINTY, CERTAINTY))
        return Decision(outcome, similarity, probability, point["threshold"], (low, high), rate)

    def _measured(self, anchors: int) -> int:
        """The number of anchors whose operating points serve: the next one measured, never looser."""
        larger = [k for k in self._spec["anchors"] if k >= anchors]
        return min(larger, default=max(self._spec["anchors"]))

    def _logit_at(self, rate: float, k: int) -> float:
        logits = np.asarray(self._spec["logits"][str(k)])
        wanted = np.log10(min(rate, 1.0))
        if wanted < self._log_rates[-1]:
            slope = (logits[-1] - logits[-4]) / (self._log_rates[-1] - self._log_rates[-4])
            return float(logits[-1] + slope * (wanted - self._log_rates[-1]))
        return float(np.interp(-wanted, -self._log_rates, logits))


def _sigmoid(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x)))
