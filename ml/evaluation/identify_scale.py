"""Does a search keep its promise in large galleries: false-positive and false-negative identifications.

A search promises that a stranger is taken for somebody in the gallery no more often than the false-match
rate says, however many people are searched. Galleries are filled with people kept apart from all fitting, then
with those fitted on and, where those do not suffice, with people drawn from `ml.evaluation.population`. Each
person kept apart is a stranger once: their own template is left out. The terms are those of ISO/IEC 19795-1: FPIR is the share of
searches for strangers that name somebody, FNIR the share of searches for people in the gallery that do not
name them, and the rank-1 rate that of searches for people in the gallery in which nobody ranks above them.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ml.decision.gallery import Gallery, template
from ml.decision.head import RATES
from ml.decision.logistic import logit
from ml.evaluation import evidence
from ml.evaluation.population import Population

SIZES = (1_000, 3_500, 10_000, 100_000)
ANCHORS = (1, 3)
RANKS = 10  # candidates of a search
BLOCK = 2_000  # people scored at a time
SHARES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
NEIGHBOURS = (0.1, 0.5, 0.9, 0.99)


@dataclass(frozen=True)
class Faces:
    """Embeddings (n, d) of real photos and the people on them (n,), as numbers."""

    embeddings: np.ndarray
    people: np.ndarray

    def places(self, least: int) -> list[np.ndarray]:
        """The places of the photos of each person with at least so many."""
        number = np.unique(self.people, return_inverse=True)[1]
        order = np.argsort(number, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
        return [group for group in groups if len(group) >= least]


def interval(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Of a share, after Clopper and Pearson: exact, and rather too wide than too narrow."""
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, hits, trials - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def measure(
    gallery: Gallery, head: dict, faces: Faces, others: Faces, population: Population, *,
    seed: int = 20, sizes: tuple[int, ...] = SIZES, anchors: tuple[int, ...] = ANCHORS,
) -> dict[str, list[dict]]:  # fmt: skip
    """FPIR, FNIR and the rank-1 rate for each number of anchors, size of the gallery and rate ("searches"),
    and how far the first candidates' probabilities hold ("probabilities"), JSON-ready.

    Args:
        gallery: whose thresholds are measured. head: its neuron, of power 2.
        faces: of people on whom nothing was fitted: who is searched for.
        others: of more people for the galleries. population: fitted on them.
    """
    rng = np.random.default_rng(seed)
    rows, probabilities = [], []
    for k in anchors:
        groups = [rng.permutation(group) for group in faces.places(k)]
        groups.sort(key=lambda group: len(group) <= k)  # those with a further photo come first
        searches = _searches(faces, groups, k)
        real = np.array(
            [template(faces.embeddings[group[:k]]) for group in groups]
            + [template(others.embeddings[rng.permutation(g)[:k]]) for g in others.places(k)]
        )
        best = np.full(len(searches.probes), -np.inf)
        above = np.zeros(searches.known, int)
        mates = logits_of_all(
            head, searches.probes[: searches.known], real[: searches.known]
        ).diagonal()
        for start, end in _pieces(len(real), sizes):
            new = real[start:end] if end <= len(real) else _drawn(population, end - start, k, rng)
            scores = logits_of_all(head, searches.probes, new)
            mine = np.flatnonzero((searches.own >= start) & (searches.own < end))
            scores[mine, searches.own[mine] - start] = -np.inf
            above += (scores[: searches.known] > mates[:, None]).sum(axis=1)
            best = np.maximum(best, scores.max(axis=1))
            if end in sizes:
                strangers = best[searches.known :]
                found = {"anchors": k, "people": end, "real": min(end, len(real))}
                rows += [
                    found | _row(gallery, name, k, end, strangers, mates, above) for name in RATES
                ]
                first = evidence.First(mates, best[: searches.known], strangers)
                probabilities.append(found | evidence.of_searches(gallery, k, end, first))
    return {"searches": rows, "probabilities": probabilities}


@dataclass(frozen=True)
class Searches:
    """Probes: `known` further photos of people in the gallery, and a photo of everybody as a stranger. `own`:
    the place of each probe's own template, -1 for none."""

    probes: np.ndarray
    own: np.ndarray
    known: int


def _searches(faces: Faces, groups: list[np.ndarray], k: int) -> Searches:
    further = [group[k] for group in groups if len(group) > k]
    place = {int(faces.people[group[0]]): row for row, group in enumerate(groups)}
    each = [group[0] for group in faces.places(1)]
    own = [*range(len(further)), *(place.get(int(faces.people[photo]), -1) for photo in each)]
    return Searches(faces.embeddings[[*further, *each]], np.array(own), len(further))


def check(
    head: dict, faces: Faces, others: Faces, population: Population, *, seed: int = 20
) -> dict:
    """Drawn people beside as many real ones, JSON-ready: the logits that shares of the pairs of one kept apart
    and one of them reach, those of the nearest of them to each, and of two photos of one person.

    Args: as those of `measure`.
    """
    rng = np.random.default_rng(seed)
    groups = [rng.permutation(group) for group in faces.places(1)]
    several = [group for group in groups if len(group) > 1]
    probes = faces.embeddings[[group[0] for group in groups]]
    real = others.embeddings[[rng.choice(group) for group in others.places(1)]]
    drawn = population.draw(len(real), 2, rng)
    found = {}
    for name, one in (("real", real), ("drawn", drawn[:, 0])):
        scores = logits_of_all(head, probes, one)
        found[name] = {
            "pairs": {f"{share:g}": _quantile(scores, 1 - share) for share in SHARES},
            "nearest": {f"{q:g}": _quantile(scores.max(axis=1), q) for q in NEIGHBOURS},
        }
    a, b = (faces.embeddings[[group[side] for group in several]] for side in (0, 1))
    for name, one, other in (("real", a, b), ("drawn", drawn[:, 0], drawn[:, 1])):
        same = logits_of_all(head, one, other).diagonal()
        found[name]["one_person"] = {f"{q:g}": _quantile(same, q) for q in (0.05, 0.25, 0.5, 0.75)}
    return {
        "people": [len(probes), len(real)],
        "sharpness": round(population.sharpness, 3),
        **found,
    }


def _quantile(values: np.ndarray, share: float) -> float:
    return round(float(np.quantile(values, share)), 3)


def _pieces(first: int, sizes: tuple[int, ...]):
    """(start, end) of the pieces in which a gallery grows: each is of real or of drawn people, and each
    size ends one."""
    ends = sorted({*range(BLOCK, max(sizes), BLOCK), first, *sizes})
    start = 0
    for end in ends:
        if end > start:
            yield start, end
        start = end


def _drawn(population: Population, people: int, k: int, rng) -> np.ndarray:
    mean = population.draw(people, k, rng).mean(axis=1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def logits_of_all(head: dict, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The neuron's logits of all a (n, d) with all b (m, d), by the products of scaled embeddings."""
    scale = np.sqrt(-np.asarray(head["weights"], np.float32))
    a, b = a.astype(np.float32) * scale, b.astype(np.float32) * scale
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)
    return np.float32(head["bias"]) - (squares - 2 * (a @ b.T))


def _row(gallery: Gallery, name: str, k: int, size: int, strangers, mates, above) -> dict:
    rate = RATES[name]
    threshold = float(logit(gallery.operating_point(rate, k, size)["threshold"]))
    missed = (mates < threshold) | (above >= RANKS)
    return {
        "rate": name,
        "threshold": round(threshold, 4),
        "fpir": _share(int((strangers >= threshold).sum()), len(strangers)),
        "fnir": _share(int(missed.sum()), len(missed)),
        "rank1": _share(int((above == 0).sum()), len(above)),
    }


def _share(hits: int, trials: int) -> dict:
    low, high = interval(hits, trials)
    return {
        "value": round(hits / trials, 6), "low": round(low, 6), "high": round(high, 6), "hits": hits,
        "searches": trials,
    }  # fmt: skip
