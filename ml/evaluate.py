"""How accurate a model is on labelled pairs of photos, with the acquisition that users get."""

from dataclasses import dataclass

import numpy as np

from ml import lfw, metrics
from ml.errors import ImageRefused
from ml.runtime import Verifier


@dataclass(frozen=True)
class Embedded:
    """Embeddings (n, d) of the images that were accepted, and {name: code} of those refused."""

    names: list[str]
    embeddings: np.ndarray
    refused: dict[str, str]

    def index(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}


def embed_images(verifier: Verifier, folder, names, *, progress=None) -> Embedded:
    """Embed images by name; what the product would refuse is refused here too."""
    kept, rows, refused = [], [], {}
    for name in progress(names) if progress else names:
        try:
            data = lfw.image_path(folder, name).read_bytes()
        except OSError:
            refused[name] = "image_missing"
            continue
        try:
            rows.append(verifier.embed([verifier.acquire(data).face.chip])[0])
        except ImageRefused as refusal:
            refused[name] = refusal.code
            continue
        kept.append(name)
    return Embedded(kept, np.array(rows, np.float32), refused)


def score_pairs(verifier: Verifier, embedded: Embedded, pairs: lfw.Pairs) -> np.ndarray:
    """Similarity of each pair. A pair with a refused image has 0: it was not matched."""
    at = embedded.index()
    scores = np.zeros(len(pairs.names))
    rows = [(k, at[a], at[b]) for k, (a, b) in enumerate(pairs.names) if a in at and b in at]
    if rows:
        k, a, b = np.array(rows).T
        scores[k] = verifier.head.similarities(embedded.embeddings[a], embedded.embeddings[b])
    return scores


def evaluate(verifier: Verifier, folder, pairs: lfw.Pairs, *, progress=None) -> dict:
    """Measure a model by the protocol of LFW View 2 (the threshold of a fold comes from the others).

    Returns:
        JSON-ready: `pairs`, `accuracy`, `accuracy_std` (over folds), `accuracy_by_fold`,
        `tmr` (true-match rate by false-match rate over all pairs), `outcomes` (what the product
        answers at its default operating point), `refused` (image and code), `model`.
    """
    names = sorted({name for pair in pairs.names for name in pair})
    embedded = embed_images(verifier, folder, names, progress=progress)
    scores = score_pairs(verifier, embedded, pairs)
    labels = np.array(pairs.labels)
    mean, std, by_fold = metrics.kfold_accuracy(scores, labels, np.array(pairs.folds))
    genuine, impostor = scores[labels == 1], scores[labels == 0]
    return {
        "model": verifier.model,
        "pairs": len(scores),
        "accuracy": round(float(mean), 5),
        "accuracy_std": round(float(std), 5),
        "accuracy_by_fold": [round(float(value), 5) for value in by_fold],
        "tmr": {
            rate: round(float(metrics.tmr_at_fmr(genuine, impostor, value)), 5)
            for rate, value in (("1e-2", 1e-2), ("1e-3", 1e-3))
        },
        "outcomes": _outcomes(verifier, scores, labels),
        "refused": [
            {"image": name, "code": code} for name, code in sorted(embedded.refused.items())
        ],
    }


def _outcomes(verifier: Verifier, scores: np.ndarray, labels: np.ndarray) -> dict:
    """Shares of each answer at the default operating point, for both kinds of pairs."""
    low, high = verifier.operating_points["1e-3"]["band"]
    answers = {
        "match": scores >= high,
        "inconclusive": (scores >= low) & (scores < high),
        "no_match": scores < low,
    }
    return {
        kind: {name: round(float(hit[labels == label].mean()), 5) for name, hit in answers.items()}
        for kind, label in (("same_person", 1), ("different_people", 0))
    }
