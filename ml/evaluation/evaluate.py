"""How accurate models are on labelled pairs of photos, with the acquisition that users get."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.decision.head import RATES
from ml.decision.logistic import logit
from ml.errors import ImageRefused
from ml.evaluation import all_pairs, metrics
from ml.evaluation.datasets import lfw
from ml.serving.verifier import Verifier

RESAMPLES = 300


@dataclass(frozen=True)
class Embedded:
    """Embeddings (n, d) of the images that were accepted, and {name: code} of those refused."""

    names: list[str]
    embeddings: np.ndarray
    refused: dict[str, str]

    def index(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}


@dataclass(frozen=True)
class Measured:
    """One model's `figures`, JSON-ready, and what plots and contact sheets are drawn from.

    `scores`, `labels`, `probabilities` (n,) and `names` are those of the pairs whose photos were both
    accepted.
    """

    figures: dict
    scores: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    names: list[tuple[str, str]]


def embed_images(
    verifiers: list[Verifier], photos: dict[str, Path], *, progress=None
) -> list[Embedded]:
    """Embed images by name; what the product would refuse is refused here too.

    Models that take faces in the same way share the search for them.
    """
    found = [([], [], {}) for _ in verifiers]
    for name in progress(list(photos)) if progress else photos:
        try:
            data = photos[name].read_bytes()
        except OSError:
            for _, _, refused in found:
                refused[name] = "image_missing"
            continue
        chips = acquire(verifiers, data)
        for verifier, (kept, rows, refused) in zip(verifiers, found, strict=True):
            chip = chips[verifier.acquisition]
            if isinstance(chip, str):
                refused[name] = chip
                continue
            kept.append(name)
            rows.append(verifier.embed([chip])[0])
    return [Embedded(kept, np.array(rows, np.float32), refused) for kept, rows, refused in found]


def acquire(verifiers: list[Verifier], data: bytes) -> dict[tuple, np.ndarray | str]:
    """The chip that each kind of acquisition takes from a photo, or the code of its refusal."""
    chips = {}
    for verifier in verifiers:
        if verifier.acquisition not in chips:
            try:
                chips[verifier.acquisition] = verifier.acquire(data).face.chip
            except ImageRefused as refusal:
                chips[verifier.acquisition] = refusal.code
    return chips


def evaluate(verifiers: list[Verifier], pairs: lfw.Pairs, *, progress=None) -> list[Measured]:
    """Measure models by the protocol of LFW View 2 (the threshold of a fold comes from the others).

    Args:
        pairs: from `pairs_file.read`. Where it names the people, all pairs of its images are measured
            as well.
    """
    photos = {name: pairs.paths[name] for name in pairs.images()}
    embedded = embed_images(verifiers, photos, progress=progress)
    return [_measure(v, rows, pairs) for v, rows in zip(verifiers, embedded, strict=True)]


def score_pairs(verifier: Verifier, embedded: Embedded, pairs: lfw.Pairs) -> np.ndarray:
    """Similarity of each pair. A pair with a refused image has 0: it was not matched."""
    at = embedded.index()
    scores = np.zeros(len(pairs.names))
    rows = [(k, at[a], at[b]) for k, (a, b) in enumerate(pairs.names) if a in at and b in at]
    if rows:
        k, a, b = np.array(rows).T
        scores[k] = verifier.head.similarities(embedded.embeddings[a], embedded.embeddings[b])
    return scores


def figures(scores, labels, folds, probabilities, used) -> dict:
    """The numbers of one model on listed pairs.

    Args:
        scores, labels, folds: (n,). A refused pair has the score 0: it counts as not matched.
        probabilities: (m,) of the pairs that were not refused, `used` (n,) marks them.
    """
    genuine, impostor = scores[labels == 1], scores[labels == 0]
    mean, std, by_fold = metrics.kfold_accuracy(scores, labels, np.asarray(folds))
    threshold = metrics.best_accuracy_threshold(scores, labels)
    precision, recall = metrics.precision_recall_at(scores, labels, threshold)
    fnmr = {}
    for name, rate in RATES.items():
        value = metrics.fnmr_at_fmr(genuine, impostor, rate)
        low, high = metrics.bootstrap_interval(
            lambda g, i, rate=rate: metrics.fnmr_at_fmr(g, i, rate),
            genuine,
            impostor,
            resamples=RESAMPLES,
        )
        fnmr[name] = {"value": round(value, 5), "low": round(low, 5), "high": round(high, 5)}
    table = metrics.calibration_table(probabilities, labels[used]) if used.any() else []
    return {
        "pairs": len(scores),
        "accuracy": round(mean, 5),
        "accuracy_std": round(std, 5),
        "accuracy_by_fold": [round(float(value), 5) for value in by_fold],
        "fnmr": fnmr,
        "equal_error_rate": round(metrics.equal_error_rate(genuine, impostor), 5),
        "auc": round(metrics.roc_auc(genuine, impostor), 5),
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "expected_calibration_error": round(
            metrics.expected_calibration_error(probabilities, labels[used]), 5
        )
        if used.any()
        else None,
        "calibration": [row._asdict() | {"high": round(row.high, 5)} for row in table],
    }


def time_per_face(verifier: Verifier, count: int = 30) -> float:
    """Median milliseconds to embed one aligned face as the model serves it (mirror image included)."""
    size = verifier.artifact.manifest["encoder"]["input_size"]
    chips = np.random.default_rng(0).integers(0, 256, (5, size, size, 3), dtype=np.uint8)
    verifier.embed(chips)
    times = []
    for number in range(count):
        start = time.perf_counter()
        verifier.embed(chips[number % 5][None])
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times))


def _measure(verifier: Verifier, embedded: Embedded, pairs: lfw.Pairs) -> Measured:
    scores, labels = score_pairs(verifier, embedded, pairs), np.array(pairs.labels)
    at = embedded.index()
    used = np.array([a in at and b in at for a, b in pairs.names])
    names = [pair for pair, there in zip(pairs.names, used, strict=True) if there]
    probabilities = np.empty(0)
    if names:
        a, b = np.array([(at[a], at[b]) for a, b in names]).T
        logits = verifier.head.logits(embedded.embeddings[a], embedded.embeddings[b])
        probabilities = np.asarray(verifier.head.probability(logits), np.float64)
    manifest = verifier.artifact.manifest
    encoder = manifest["encoder"]
    found = {
        "model": verifier.model,
        "parameters": manifest.get("parameters"),
        "encoder_mb": round(verifier.artifact.encoder_size / 1e6, 2),
        "mirror": encoder["mirror"],
        "ms_per_face": round(time_per_face(verifier), 2),
        **figures(scores, labels, pairs.folds, probabilities, used),
        "all_pairs": _all_pairs(verifier, embedded, pairs),
        "outcomes": _outcomes(verifier, scores, labels),
        "failure_to_acquire": round(len(embedded.refused) / len(pairs.images()), 5),
        "refused": [
            {"image": name, "code": code} for name, code in sorted(embedded.refused.items())
        ],
    }
    return Measured(found, scores[used], labels[used], probabilities, names)


def _all_pairs(verifier: Verifier, embedded: Embedded, pairs: lfw.Pairs) -> dict | None:
    """Error rates over all pairs of the images that were accepted; None where people are not named."""
    if not set(embedded.names) <= pairs.people.keys() or len(embedded.names) < 2:
        return None
    people = [pairs.people[name] for name in embedded.names]
    _, numbers = np.unique(people, return_inverse=True)
    logits = all_pairs.logits(verifier.artifact.manifest["head"], embedded.embeddings)
    collected = all_pairs.collect([(numbers, logits)])
    return collected.figures(RATES) if collected else None


def _outcomes(verifier: Verifier, scores: np.ndarray, labels: np.ndarray) -> dict:
    """Shares of each answer at the default operating point, for both kinds of pairs."""
    found = verifier.head.outcomes(logit(scores))
    return {
        kind: {
            name: round(float((found[labels == label] == name).mean()), 5)
            for name in ("match", "inconclusive", "no_match")
        }
        for kind, label in (("same_person", 1), ("different_people", 0))
    }
