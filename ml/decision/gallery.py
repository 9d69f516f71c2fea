"""Verdicts on people with several anchor photos, and the search among many people.

A person's template is the mean of the anchors' embeddings, scaled to length 1. On LFW people with several
photos it was better than the best anchor's score, the mean score, the two best scores and a mean weighted
by quality, at every false-match rate below 1 in 100. More anchors also change the scores of strangers, so
each number of anchors has its own operating points.

In a search, both the threshold and the probability depend on the number of people searched: the
false-match rate is divided among them, and the probability falls with their number (`Platt.among`). Where
hardly any stranger reaches a score, its evidence is that of `ml.decision.tail`. docs/accuracy.md says how far
the probabilities hold.
"""

import copy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ml.decision import conditions, rule, tail
from ml.decision.head import DEFAULT_RATE, Decision, Head, at_rate
from ml.decision.logistic import Platt, sigmoid

CHUNK = 8192  # rows scored together, so that differences stay in the processor's cache


def template(anchors: np.ndarray) -> np.ndarray:
    """One embedding for a person: float (k, d) of unit length -> (d,) of unit length.

    Raises:
        ValueError: there are no anchors.
    """
    if not len(anchors):
        raise ValueError("A person needs at least one anchor.")
    mean = anchors.mean(axis=0)
    return (mean / max(float(np.linalg.norm(mean)), 1e-6)).astype(np.float32)


def lowest(values: np.ndarray, limit: int) -> np.ndarray:
    """The rows of the `limit` lowest values, the lowest first, of equal ones the first first: (n,) -> (k,)."""
    if limit < len(values):
        rows = np.flatnonzero(values <= np.partition(values, limit - 1)[limit - 1])
    else:
        rows = np.arange(len(values))
    return rows[np.argsort(values[rows], kind="stable")][:limit]


def _weaker(own: Platt | tail.Measured, row: dict) -> Platt | tail.Measured:
    """The scaling of a condition, whose tail continues as that of whole faces."""
    line = Platt.of(row)
    if isinstance(own, Platt):
        return line
    return own.under(line, lambda logits: conditions.asked(logits, row))


@dataclass(frozen=True)
class PersonDecision:
    """The verdict on a person, and the similarity of each anchor in the order given."""

    decision: Decision
    anchor_similarities: list[float]


@dataclass(frozen=True)
class Candidate:
    """The decision on one of the templates searched, `row` is its position."""

    row: int
    decision: Decision


class Gallery:
    """Compares probes with people's templates.

    Args:
        head: the model's head.
        spec: the manifest's "gallery": {"anchors": [k...], "rates": [r...] in falling order,
            "logits": {"k": [logit that a share r of strangers reaches...]},
            "calibration": {"k": {"slope", "intercept"}}}.
    """

    def __init__(self, head: Head, spec: dict):
        self._head = head
        self._spec = spec
        self._shifts: dict[float, float] = {}
        self._log_rates = np.log10(spec["rates"])
        self._logit_of = lru_cache(1024)(lambda rate, k: float(self._logit_at(rate, k)))
        self._own = {k: self._likelihood(k) for k in spec["anchors"]}
        self._scalings: dict[int, conditions.Scaling] = dict(self._own)
        self._probe: tuple[str, ...] = ()

    def adjusted(self, shifts: dict[float, float] | None) -> "Gallery":
        """A gallery with thresholds moved by these shifts, as in `Head.adjusted`."""
        if not shifts:
            return self
        moved = copy.copy(self)
        moved._shifts = shifts
        return moved

    def under(self, probe: conditions.Conditions = ()) -> "Gallery":
        """A gallery for a probe with these conditions, see `ml.decision.conditions`.

        Conditions were measured on pairs, so the least certain of their scalings and the template's own
        scaling counts.
        """
        fitted = conditions.applicable(self._head.conditions, probe)
        if not fitted:
            return self
        changed = copy.copy(self)
        changed._probe = tuple(probe)
        changed._scalings = {
            k: conditions.Evidence((own, *(_weaker(own, row) for row in fitted)))
            for k, own in self._own.items()
        }
        return changed

    def operating_point(
        self, false_match_rate: float, anchors: int, candidates: int = 1, probes: int = 1
    ) -> dict:
        """Threshold and band for a template.

        Args:
            anchors: number of anchors in the template.
            candidates: number of people searched.
            probes: number of faces in the photo that are searched for.

        Returns:
            {"false_match_rate", "threshold", "band": [low, high]} in similarities, see
            `Head.operating_point`.
        """
        k = self._measured(anchors)
        threshold = self._threshold(false_match_rate, k, candidates * probes)
        platt = self.scaling(k, candidates)
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

    def scaling(self, anchors: int, candidates: int = 1) -> conditions.Scaling:
        """From logits to probabilities, for a template of so many anchors among so many candidates."""
        return self._scalings[self._measured(anchors)].among(candidates)

    def search(
        self,
        probe: np.ndarray,
        templates: np.ndarray,
        counts: np.ndarray,
        *,
        false_match_rate: float = DEFAULT_RATE,
        limit: int = 10,
        probes: int = 1,
        among: int | None = None,
    ) -> list[Candidate]:
        """Rank people: matches first, then by the probability of the same person.

        If people have different numbers of photos, a higher similarity does not always mean a higher
        probability. Of those who rank alike the earlier row comes first.

        Args:
            probe: (d,).
            templates: float32 (n, d).
            counts: (n,), number of anchors in each template.
            limit: how many candidates to return, best first, whether they match or not.
            probes: how many faces of one photo are searched for. They share the false-match rate, so
                that it holds for a whole photo of strangers (Bonferroni).
            among: how many people are searched where the templates are only those nearest to the probe.
        """
        rows, n = len(templates), len(templates) if among is None else among
        logits = np.empty(rows, np.float32)
        for start in range(0, rows, CHUNK):
            logits[start : start + CHUNK] = self._head.logits(
                probe, templates[start : start + CHUNK]
            )
        decided = self._ranks(logits, np.asarray(counts), false_match_rate, n, probes)
        best = lowest(decided, limit)
        decisions = self._decisions(logits[best], counts[best], false_match_rate, n, probes)
        return [Candidate(int(row), made) for row, made in zip(best, decisions, strict=True)]

    def _decisions(self, logits, counts, rate: float, n: int, probes: int) -> list[Decision]:
        """On each of some templates: those with as many anchors together, which takes no longer than one."""
        made: dict[int, Decision] = {}
        measured = np.array([self._measured(int(count)) for count in counts], int)
        for k in np.unique(measured):
            rows = np.flatnonzero(measured == k)
            threshold, platt = self._threshold(rate, k, n * probes), self._scalings[k].among(n)
            chance = self._head.no_match_chance
            found = rule.decisions(logits[rows], threshold, platt, chance, rate)
            made |= dict(zip(rows.tolist(), found, strict=True))
        return [made[row] for row in range(len(made))]

    @property
    def groups(self) -> list[int]:
        """The numbers of anchors that were measured, rising: within one of these groups whoever is more
        alike never ranks lower; each number up to one of these belongs to its group, and the last has all beyond."""
        return sorted(self._spec["anchors"])

    def _ranks(self, logits, counts, rate: float, n: int, probes: int) -> np.ndarray:
        """A number for each template, lower is better: matches below 0, the others above."""
        ranks = np.empty(len(logits))
        for count in np.unique(counts):
            rows, k = counts == count, self._measured(int(count))
            threshold, platt = self._threshold(rate, k, n * probes), self.scaling(k, n)
            outcomes = rule.outcomes(logits[rows], threshold, platt, self._head.no_match_chance)
            # Maps rising evidence to falling ranks from 1 to 0. Where evidence cancels out, the small
            # addend ranks by similarity.
            evidence = platt.evidence(logits[rows]) + 1e-6 * logits[rows]
            ranks[rows] = 0.5 - np.arctan(evidence) / np.pi - (outcomes == "match")
        return ranks

    def _decision(
        self, logit: float, anchors: int, rate: float, candidates: int, probes: int
    ) -> Decision:
        k = self._measured(anchors)
        threshold = self._threshold(rate, k, candidates * probes)
        platt = self.scaling(k, candidates)
        return rule.decide(logit, threshold, platt, self._head.no_match_chance, rate)

    def _threshold(self, rate: float, k: int, comparisons: int) -> float:
        """The logit at which a match has this false-match rate.

        If a probe is compared with n people, each comparison gets 1/n of the rate, so that the rate
        holds for the whole search, whatever n is (Bonferroni). Rates lower than those measured continue
        the measured tail as a power of the distance from the highest logit there is, that of a photo and
        itself: among points that lie in m dimensions, the share that is nearer than r to one of them
        falls as r ** m (Grassberger and Procaccia, 1983). A straight line in logits would soon ask for
        more than any photo reaches; `python -m ml identify-scale` measures both ends.
        """
        measured = self._logit_of(rate / max(comparisons, 1), k)
        own = measured + at_rate(self._shifts, rate, 0.0)
        return conditions.moved(own, self._head.conditions, self._probe)

    def _likelihood(self, k: int) -> Platt | tail.Measured:
        """From logits to probabilities, for k anchors."""
        return tail.measured(
            Platt.of(self._spec["calibration"][str(k)]),
            lambda rate: self._logit_at(rate, k),
            lambda rate: self._logit_at(rate, self.groups[0]),
            self._spec["rates"][-1],
            {
                float(name): share
                for name, share in self._spec.get("tmr", {}).get(str(k), {}).items()
            },
            self._head.highest_logit,
            self._head.neuron.get("power", 1),
        )

    def _measured(self, anchors: int) -> int:
        """The number of anchors whose operating points are used: the next larger one that was measured."""
        larger = [k for k in self._spec["anchors"] if k >= anchors]
        return min(larger, default=max(self._spec["anchors"]))

    def _logit_at(self, rate, k: int):
        """The logit that this share of strangers reaches, float (...) -> (...)."""
        logits = np.asarray(self._spec["logits"][str(k)])
        wanted = np.log10(np.minimum(rate, 1.0))
        further = (wanted - self._log_rates[-1]) / (self._log_rates[-1] - self._log_rates[-4])
        last = self._head.highest_logit - logits[-1]
        # How many dimensions there are does not depend on k; most people, by far, are measured with the
        # fewest photos.
        most = np.asarray(self._spec["logits"][str(self.groups[0])])
        distances = self._head.highest_logit - most[[-4, -1]]
        if 0 < min(last, distances[1]) < np.inf:
            nearer = (distances[1] / distances[0]) ** np.maximum(further, 0.0)
            rarer = self._head.highest_logit - last * nearer
        else:
            rarer = logits[-1] + further * (logits[-1] - logits[-4])
        measured = np.interp(-wanted, -self._log_rates, logits)
        return np.where(wanted < self._log_rates[-1], rarer, measured)
