"""Verdicts against people with several anchor photos, and the search over many people.

A person's template is the mean of the anchors' embeddings, scaled back to length 1. On LFW people with
several photos it beat the best anchor's score, the mean score, the two best scores and a mean weighted by
quality at every false-match rate below 1 in 100. More anchors change the scores of strangers too, so each
number of anchors has operating points of its own.

In a search both ends of a verdict know how many people are searched: the threshold of a match, which
shares the false-match rate among them, and the probability, which falls with their number
(`Platt.among`). Measured on LFW with the person in the gallery or not, in turn, of 100 people a chance
so told was off by 4 percentage points, one told as for a single pair by 29.
"""

import copy
from dataclasses import dataclass

import numpy as np

from ml.decision import conditions, rule
from ml.decision.head import DEFAULT_RATE, Decision, Head, at_rate
from ml.decision.logistic import Platt, sigmoid

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
        self._shifts: dict[float, float] = {}
        self._log_rates = np.log10(spec["rates"])
        self._platt = {k: Platt.of(spec["calibration"][str(k)]) for k in spec["anchors"]}
        self._probe: tuple[str, ...] = ()

    def adjusted(self, shifts: dict[float, float] | None) -> "Gallery":
        """The same with thresholds moved as `Head.adjusted` moves those for pairs."""
        if not shifts:
            return self
        moved = copy.copy(self)
        moved._shifts = shifts
        return moved

    def under(self, probe=()) -> "Gallery":
        """The same for a probe with these conditions, see `ml.decision.conditions`.

        They were measured on pairs: beside a template's own scaling the least certain one counts.
        """
        fitted = self._head.conditions
        found = conditions.speaking(fitted, probe)
        if not found:
            return self
        changed = copy.copy(self)
        changed._probe = tuple(probe)
        weaker = tuple(Platt.of(row) for row in found)
        changed._platt = {k: conditions.Evidence((own, *weaker)) for k, own in self._platt.items()}
        return changed

    def operating_point(
        self, false_match_rate: float, anchors: int, candidates: int = 1, probes: int = 1
    ) -> dict:
        """Threshold and band for a template of so many anchors among so many candidates, for one of
        so many faces of a photo.

        Returns:
            {"false_match_rate", "threshold", "band": [low, high]} in similarities, see
            `Head.operating_point`.
        """
        k = self._measured(anchors)
        threshold = self._threshold(false_match_rate, k, candidates * probes)
        platt = self._platt[k].among(candidates)
        ends = rule.band(threshold, platt, self._head.no_match_chance)
        low, high = (float(sigmoid(end)) for end in ends)
        return {"false_match_rate": false_match_rate, "threshold": high, "band": [low, high]}

    def decide(
        self, probe: np.ndarray, anchors: np.ndarray, false_match_rate: float = DEFAULT_RATE
    ) -> PersonDecision:
        """Compare a probe (d,) with all anchors (k, d) of one person."""
        logit = float(self._head.logits(probe, template(anchors)))
        decision = self._decision(logit, len(anchors), false_match_rate, 1, 1)
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
        """Rank people by how probable each is: matches first, then by the chance of the same person.

        Of people with unlike numbers of photos a higher similarity need not be the higher chance.

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
        decided = self._ranks(logits, np.asarray(counts), false_match_rate, probes)
        best = np.argpartition(decided, min(limit, n) - 1)[:limit] if n else np.empty(0, int)
        best = best[np.argsort(decided[best], kind="stable")]
        return [
            Candidate(
                int(row),
                self._decision(float(logits[row]), int(counts[row]), false_match_rate, n, probes),
            )
            for row in best
        ]

    def _ranks(self, logits, counts, rate: float, probes: int) -> np.ndarray:
        """A number for each row, lower is better: matches below 0, the others above."""
        n = len(logits)
        ranks = np.empty(n)
        for count in np.unique(counts):
            rows, k = counts == count, self._measured(int(count))
            threshold, platt = self._threshold(rate, k, n * probes), self._platt[k].among(n)
            found = rule.outcomes(logits[rows], threshold, platt, self._head.no_match_chance)
            # From 1 for the least evidence to 0 for the most, in the order of the evidence.
            # (Evidence that cancels out is as if there were none: then likeness itself decides.)
            seen = platt.evidence(logits[rows]) + 1e-6 * logits[rows]
            behind = 0.5 - np.arctan(seen) / np.pi
            ranks[rows] = behind - (found == "match")
        return ranks

    def _decision(
        self, logit: float, anchors: int, rate: float, candidates: int, probes: int
    ) -> Decision:
        k = self._measured(anchors)
        threshold = self._threshold(rate, k, candidates * probes)
        platt = self._platt[k].among(candidates)
        return rule.decide(logit, threshold, platt, self._head.no_match_chance, rate)

    def _threshold(self, rate: float, k: int, comparisons: int) -> float:
        """The logit that a rate asks for.

        Where a probe is compared with n people, each comparison gets 1/n of the rate, so that a
        stranger meets any of them no more often than the rate says, whatever n is (Bonferroni).
        Rates rarer than those measured continue the measured tail in a straight line.
        """
        measured = self._logit_at(rate / max(comparisons, 1), k)
        own = measured + at_rate(self._shifts, rate, 0.0)
        return conditions.moved(own, self._head.conditions, self._probe)

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
