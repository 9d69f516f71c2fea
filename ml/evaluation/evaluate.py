"""Measure models on labelled pairs of photos, with faces found as in the product."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.decision.head import RATES
from ml.decision.logistic import Platt, logit, sigmoid
from ml.errors import ImageRefused
from ml.evaluation import all_pairs, confusion, groups, metrics, normalisation
from ml.evaluation.datasets import lfw
from ml.faces.finder import Acquisition, FaceFinder, Faces
from ml.serving.encoders import Chips, towers_of
from ml.serving.verifier import Verifier

RESAMPLES = 300
# Which face of a photo with several is the labelled person: "clear" is the one that the product would choose,
# or the photo is refused; "middle" is the one nearest to the middle, for LFW, whose photos are centred on it.
SUBJECTS = ("clear", "middle")
# Which programs written for another product compare with; see docs/rekognition.md.
PROBABILITIES = (0.5, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Embedded:
    """Embeddings (n, d) of the images that were accepted, and the refusal code of each other one."""

    names: list[str]
    embeddings: np.ndarray
    refused: dict[str, str]

    def index(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}


@dataclass(frozen=True)
class Measured:
    """One model's `figures`, JSON-ready, and the data for plots and contact sheets.

    `scores`, `labels`, `probabilities` (n,) and `names` are those of the pairs with two accepted photos.
    """

    figures: dict
    scores: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    names: list[tuple[str, str]]


def embed_images(
    verifiers: list[Verifier], photos: dict[str, Path], *, subject: str = "clear", progress=None
) -> list[Embedded]:
    """Embed images by name. Photos that the product would refuse are refused here too.

    Models with the same detector and alignment share the search for faces.

    Args:
        subject: one of `SUBJECTS`.
    """
    found: list[tuple[list[str], list[np.ndarray], dict[str, str]]]
    found = [([], [], {}) for _ in verifiers]
    for name in progress(list(photos)) if progress else photos:
        try:
            data = photos[name].read_bytes()
        except OSError:
            for _, _, refused in found:
                refused[name] = "image_missing"
            continue
        chips = acquire(verifiers, data, subject=subject)
        for verifier, (kept, rows, refused) in zip(verifiers, found, strict=True):
            chip = chips[verifier.acquisition]
            if isinstance(chip, str):
                refused[name] = chip
                continue
            kept.append(name)
            rows.append(verifier.embed([chip])[0])
    return [Embedded(kept, np.array(rows, np.float32), refused) for kept, rows, refused in found]


def acquire(
    verifiers: list[Verifier], data: bytes, *, subject: str = "clear"
) -> dict[tuple, Chips | str]:
    """The chips of a photo by kind of acquisition, or the code of its refusal."""
    chips: dict[tuple, Chips | str] = {}
    for verifier in verifiers:
        if verifier.acquisition not in chips:
            try:
                chips[verifier.acquisition] = acquire_subject(
                    verifier.finder, data, subject
                ).face.chips
            except ImageRefused as refusal:
                chips[verifier.acquisition] = refusal.code
    return chips


def acquire_subject(finder: FaceFinder, data: bytes, subject: str) -> Acquisition:
    """The labelled person's face in a photo, see `SUBJECTS`. Raises ImageRefused."""
    try:
        acquired = finder.acquire(data)
        if subject == "clear" or len(acquired.faces) == 1:
            return acquired
        middle = _nearest_to_middle(acquired)
        if acquired.face.index == middle:
            return acquired
    except ImageRefused as refusal:
        if refusal.code != "several_faces" or subject == "clear":
            raise
        middle = _nearest_to_middle(finder.find(data))
    return finder.acquire(data, face_index=middle)


def _nearest_to_middle(found: Faces) -> int:
    """Number of the face nearest to the middle, except faces far smaller than the largest."""
    boxes = np.array([face.box for face in found.faces])
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    away = (boxes[:, :2] + boxes[:, 2:]) / (found.width, found.height) - 1
    distances = np.where(areas >= areas.max() / 4, np.linalg.norm(away, axis=1), np.inf)
    return int(np.argmin(distances))


def evaluate(
    verifiers: list[Verifier],
    pairs: lfw.LabelledPairs,
    *,
    people_groups: dict[str, str] | None = None,
    normalise: bool = False,
    subject: str = "clear",
    progress=None,
) -> list[Measured]:
    """Measure models by the protocol of LFW View 2 (the threshold for a fold comes from the others).

    Args:
        pairs: from `pairs_file.read`. If it names the people, all pairs of its images are measured as
            well.
        people_groups: the group of each person, from `groups_file.read`.
        normalise: whether to measure what `ml.evaluation.normalisation` would gain.
        subject: one of `SUBJECTS`.
    """
    photos = {name: pairs.paths[name] for name in pairs.images()}
    embedded = embed_images(verifiers, photos, subject=subject, progress=progress)
    return [
        _measure(verifier, rows, pairs, people_groups, normalise)
        for verifier, rows in zip(verifiers, embedded, strict=True)
    ]


def score_pairs(verifier: Verifier, embedded: Embedded, pairs: lfw.LabelledPairs) -> np.ndarray:
    """Similarity of each pair; 0 for a pair with a refused image, which does not match."""
    at = embedded.index()
    scores = np.zeros(len(pairs.names))
    rows = [(k, at[a], at[b]) for k, (a, b) in enumerate(pairs.names) if a in at and b in at]
    if rows:
        k, a, b = np.array(rows).T
        scores[k] = verifier.head.similarities(embedded.embeddings[a], embedded.embeddings[b])
    return scores


def figures(scores, labels, folds, probabilities, used) -> dict:
    """The figures of one model on listed pairs.

    Args:
        scores, labels, folds: (n,). A refused pair has the score 0, which does not match.
        probabilities: (m,), of the pairs that were not refused; `used` (n,) marks them.
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
    """Median milliseconds to embed an aligned face as the model is served, with its mirror image."""
    rng = np.random.default_rng(0)
    faces = [
        tuple(
            rng.integers(0, 256, (tower.input_size, tower.input_size, 3), dtype=np.uint8)
            for tower in towers_of(verifier.artifact.manifest["encoder"])
        )
        for _ in range(5)
    ]
    verifier.embed(faces)
    times = []
    for number in range(count):
        start = time.perf_counter()
        verifier.embed([faces[number % 5]])
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times))


def _measure(
    verifier: Verifier, embedded: Embedded, pairs: lfw.LabelledPairs, people_groups, normalise: bool
) -> Measured:
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
    found = {
        "model": verifier.model,
        "parameters": manifest.get("parameters"),
        "encoder_mb": round(verifier.artifact.encoder_size / 1e6, 2),
        "mirror": all(tower.mirror for tower in towers_of(manifest["encoder"])),
        "ms_per_face": round(time_per_face(verifier), 2),
        **figures(scores, labels, pairs.folds, probabilities, used),
        **_over_all_pairs(verifier, embedded, pairs, people_groups, normalise),
        "outcomes": _outcomes(verifier, scores, labels),
        "failure_to_acquire": round(len(embedded.refused) / len(pairs.images()), 5),
        "refused": [
            {"image": name, "code": code} for name, code in sorted(embedded.refused.items())
        ],
    }
    return Measured(found, scores[used], labels[used], probabilities, names)


def _over_all_pairs(
    verifier: Verifier, embedded: Embedded, pairs: lfw.LabelledPairs, people_groups, normalise: bool
) -> dict:
    """Figures over all pairs of the accepted images; None if people are not named.

    "all_pairs" has error rates at thresholds set on these pairs, "by_probability" those of taking every
    pair for one person whose probability is so high or higher; "most_confused", "by_photos" and
    "by_group" have errors at the model's own thresholds. "by_group" and "normalisation" are only measured
    on request.
    """
    nothing = dict.fromkeys(
        (
            "all_pairs",
            "by_probability",
            "most_confused",
            "by_photos",
            "by_group",
            "normalisation",
        )
    )
    if not set(embedded.names) <= pairs.people.keys() or len(embedded.names) < 2:
        return nothing
    people, numbers = np.unique(
        [pairs.people[name] for name in embedded.names], return_inverse=True
    )
    head = verifier.artifact.manifest["head"]
    logits = all_pairs.logits(head, embedded.embeddings)
    collected = all_pairs.collect([(numbers, logits)])
    if not collected:
        return nothing
    thresholds = {
        name: float(logit(point["threshold"])) for name, point in verifier.operating_points.items()
    }
    wrong = confusion.collect(numbers, logits, min(thresholds.values()))
    found = nothing | {
        "all_pairs": collected.figures(RATES),
        "by_probability": _by_probability(verifier, collected),
        "most_confused": confusion.most_confused(wrong, thresholds),
        "by_photos": groups.rates(wrong, groups.by_photos(numbers), thresholds),
    }
    if people_groups:
        grouping = groups.Grouping.of(people.tolist(), people_groups)
        found["by_group"] = groups.rates(wrong, grouping, thresholds)
        _add_by_group(found["by_group"], verifier, embedded, pairs, people_groups)
    if normalise:
        found["normalisation"] = normalisation.measure(head, embedded.embeddings, people[numbers])
    return found


def _by_probability(verifier: Verifier, collected: all_pairs.AllPairs) -> list[dict]:
    platt = Platt.of(verifier.artifact.manifest["calibration"])
    rows = []
    for probability in PROBABILITIES:
        threshold = (float(logit(probability)) - platt.intercept) / platt.slope
        false, true = collected.rates_at(threshold)
        rows.append(
            {
                "probability": probability,
                "similarity": round(float(sigmoid(threshold)), 4),
                "false_match_rate": false,
                "true_match_rate": round(true, 5),
            }
        )
    return rows


def _add_by_group(
    found: dict, verifier: Verifier, embedded: Embedded, pairs: lfw.LabelledPairs, people_groups
) -> None:
    """Add further figures of each group: calibration error and share of refused photos."""
    group_of = {name: people_groups.get(pairs.people[name]) for name in pairs.images()}
    people = np.array([pairs.people[name] for name in embedded.names])
    member = np.array([group_of[name] or "" for name in embedded.names])
    for row in found["groups"]:
        inside = np.flatnonzero(member == row["group"])
        listed = sum(group == row["group"] for group in group_of.values())
        row["failure_to_acquire"] = round(1 - len(inside) / listed, 5)
        row["calibration_error"] = None
        if row["genuine_pairs"] and row["impostor_pairs"]:
            head = verifier.artifact.manifest["head"]
            logits = all_pairs.logits(head, embedded.embeddings[inside])
            probabilities = np.asarray(verifier.head.probability(logits), np.float64)
            same = all_pairs.same_person(people[inside])
            error = metrics.balanced_calibration_error(probabilities[same], probabilities[~same])
            row["calibration_error"] = round(error, 5)


def _outcomes(verifier: Verifier, scores: np.ndarray, labels: np.ndarray) -> dict:
    """Share of each outcome at the default operating point, for both kinds of pairs."""
    found = verifier.head.outcomes(logit(scores))
    return {
        kind: {
            name: round(float((found[labels == label] == name).mean()), 5)
            for name in ("match", "inconclusive", "no_match")
        }
        for kind, label in (("same_person", 1), ("different_people", 0))
    }
