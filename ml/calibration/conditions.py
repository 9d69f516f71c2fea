"""Calibrate a model for covered, cut off, blurred, dark and small faces.

Photos are degraded at random; the product finds, aligns and measures the faces, which are compared with
one another and with faces in unchanged photos. For each condition that the product notices
(`ml.faces.conditions`), Platt scaling is fitted on the pairs in which one face has it, and on the pairs in
which each face has one. Faces whose degradation is not noticed count as whole faces, as they do in use.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ml import images
from ml.calibration.from_photos import FOLDS, TAIL_COUNT, fold_of, platt
from ml.decision import conditions as decision
from ml.decision.logistic import logit, sigmoid
from ml.errors import ImageRefused, MlError
from ml.evaluation import coverings
from ml.evaluation.datasets import lfw
from ml.evaluation.metrics import CONFIDENT
from ml.faces import conditions
from ml.faces.finder import Acquisition, Face

CLEAN = "clean"
A_PERSON = 3  # photos degraded per person, or people with many photos would dominate
LEAST = 40  # smallest number of pairs of each kind for a calibration
TAIL_RATES = [10.0 ** (-step / 4) for step in range(2, 17)]  # 0.3 to 1e-4
IMPOSTORS = 60  # strangers with whom each face is compared


def _cut(pixels, face, rng):
    side, share = rng.choice(coverings.SIDES), rng.uniform(0.05, 0.5)
    left, top, right, bottom = coverings.cut_frame(pixels.shape, face.box, side, share)
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def _tight(pixels, face, rng):
    """Cropped at all sides, into the face's box."""
    left, top, right, bottom = face.box
    inset = rng.uniform(0.0, 0.15)
    x, y = inset * (right - left), inset * (bottom - top)
    rows = slice(max(0, round(top + y)), max(0, round(bottom - y)))
    return np.ascontiguousarray(pixels[rows, max(0, round(left + x)) : max(0, round(right - x))])


def _blurred(pixels, face, rng):
    return cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.015, 0.04) * face.quality.size)


def _dark(pixels, face, rng):
    noise = rng.normal(0, 3, pixels.shape)
    return (pixels * rng.uniform(0.12, 0.35) + noise).clip(0, 255).astype(np.uint8)


def _small(pixels, face, rng):
    scale = rng.uniform(28, 50) / face.quality.size
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _drawn(kind):
    def covered(pixels, face, rng):
        return coverings.draw(kind, pixels, face.landmarks, rng).pixels

    return covered


MADE = (
    {kind: _drawn(kind) for kind in coverings.KINDS if kind.startswith("sunglasses")},
    {kind: _drawn(kind) for kind in coverings.KINDS if kind.startswith(("mask", "scarf"))},
    {kind: _drawn(kind) for kind in ("hand", "thing", "bar")},
    {kind: _drawn(kind) for kind in coverings.OPEN},
    {"cut": _cut, "tight": _tight},
    {"blurred": _blurred, "dark": _dark, "small": _small},
    {"blurred": _blurred, "dark": _dark, "small": _small},
)  # one of each group is applied to every photo


@dataclass(frozen=True)
class DegradedFaces:
    """Faces in degraded and unchanged photos, as the product finds them.

    Attributes:
        embeddings: float (n, d).
        people: (n,).
        photos: (n,), the original photo; faces from the same one are never compared.
        made: (n,), how the photo was degraded; "clean" if it was not.
        conditions: the conditions of each face.
        refused: {made: {code: count}}.
        tried: {made: count}.
    """

    embeddings: np.ndarray
    people: np.ndarray
    photos: np.ndarray
    made: np.ndarray
    conditions: list[tuple[str, ...]]
    refused: dict
    tried: dict


def conditions_of(found: Acquisition) -> tuple[str, ...]:
    """The conditions of an acquired face."""
    return found.face.conditions


def gather(
    verifier,
    photos: dict,
    *,
    conditions_of: Callable[[Acquisition], tuple[str, ...]] = conditions_of,
    embed: Callable[[Acquisition], np.ndarray] | None = None,
    seed: int = 20,
    progress=None,
) -> DegradedFaces:
    """Degrade photos of people and find the faces in them as the product does.

    Args:
        verifier: finds, aligns and embeds.
        photos: path by image name; the first few of each person are used.
        conditions_of: gives the conditions of a face.
        embed: gives the embedding (d,) of a face; `verifier` by default.
    """
    embed = embed or (lambda found: verifier.embed([found.face.chips])[0])
    rng = np.random.default_rng(seed)
    rows: list[tuple] = []
    refused: dict[str, dict[str, int]] = {}
    tried: dict[str, int] = {}

    def take(name: str, made: str, data: bytes) -> Face | None:
        tried[made] = tried.get(made, 0) + 1
        try:
            found = verifier.acquire(data)
            rows.append((embed(found), lfw.person_of(name), name, made, conditions_of(found)))
        except ImageRefused as refusal:
            codes = refused.setdefault(made, {})
            codes[refusal.code] = codes.get(refusal.code, 0) + 1
            return None
        return found.face

    chosen = _first(photos)
    for name in progress(chosen) if progress else chosen:
        data = photos[name].read_bytes()
        face = take(name, CLEAN, data)
        if face is None:
            continue
        pixels = images.decode(data)
        for group in MADE:
            made = str(rng.choice(list(group)))
            degraded = group[made](pixels, face, rng)
            if min(degraded.shape[:2]) >= images.MIN_SIDE:
                take(name, made, images.encode_jpeg(degraded, int(rng.integers(75, 96))))
    if not rows:
        raise MlError(
            "no_faces", "No face was found in the photos.", "Give a folder of photos of people."
        )
    embeddings, people, names, ways, noticed = zip(*rows, strict=True)
    return DegradedFaces(
        np.array(embeddings, np.float32),
        np.array(people),
        np.array(names),
        np.array(ways),
        list(noticed),
        refused,
        tried,
    )


def _first(photos: dict) -> list[str]:
    """The first `A_PERSON` photos of each person with several photos."""
    by_person: dict[str, list[str]] = {}
    for name in sorted(photos):
        by_person.setdefault(lfw.person_of(name), []).append(name)
    return [n for names in by_person.values() if len(names) > 1 for n in names[:A_PERSON]]


@dataclass(frozen=True)
class Scored:
    """Scored pairs: positions `a` and `b` of the faces, `logits`, and whether they are of one person, (n,)."""

    a: np.ndarray
    b: np.ndarray
    logits: np.ndarray
    same: np.ndarray

    def only(self, rows) -> "Scored":
        return Scored(self.a[rows], self.b[rows], self.logits[rows], self.same[rows])


def score(faces: DegradedFaces, head, *, seed: int = 20) -> Scored:
    """Compare each face with all faces of the same person, and with some strangers.

    The two people of a pair are in the same fold, so that a fit can be measured on other people.

    Args:
        head: `ml.decision.head.Head`, or another object with its method `logits(a, b)`.
    """
    rng = np.random.default_rng(seed)
    fold = np.array([fold_of(person) for person in faces.people])
    _, person = np.unique(faces.people, return_inverse=True)
    first, second = [], []
    for row in range(len(person)):
        mine = np.flatnonzero(person == person[row])
        mine = mine[(mine > row) & (faces.photos[mine] != faces.photos[row])]
        others = np.flatnonzero((fold == fold[row]) & (person != person[row]))
        clean = others[faces.made[others] == CLEAN]
        others = np.concatenate(
            [rng.choice(part, min(IMPOSTORS, len(part)), replace=False) for part in (others, clean)]
        )
        first.append(np.full(len(mine) + len(others), row))
        second.append(np.concatenate([mine, others]))
    a, b = np.concatenate(first), np.concatenate(second)
    logits = np.concatenate(
        [
            head.logits(faces.embeddings[a[part]], faces.embeddings[b[part]])
            for part in np.array_split(np.arange(len(a)), max(1, len(a) // 20_000))
        ]
    )
    return Scored(a, b, logits, person[a] == person[b])


def fit(faces: DegradedFaces, scored: Scored) -> dict:
    """Platt scaling and thresholds by condition, for the manifest's calibration.

    Returns:
        by condition ("covered_eyes") or pair of conditions ("blurred+covered_eyes"), {"slope",
        "intercept", "tail"}; conditions with too few pairs are left out. The tail lists, at falling
        rates, the logits that strangers reach at this rate: [whole faces, faces with the condition].
    """
    whole = np.array([not row for row in faces.conditions])
    whole = scored.logits[whole[scored.a] & whole[scored.b] & ~scored.same]
    fitted = {}
    for key, rows in _groups(faces, scored).items():
        genuine, impostor = scored.logits[rows & scored.same], scored.logits[rows & ~scored.same]
        if min(len(genuine), len(impostor)) >= LEAST:
            slope, intercept = platt(genuine, impostor)
            if slope > 0:
                tail = _tail(whole, impostor)
                fitted[key] = {
                    "slope": round(slope, 5),
                    "intercept": round(intercept, 5),
                    "tail": tail,
                }
    return fitted


def _tail(whole, impostor) -> list[list[float]]:
    """Pairs of logits that equally many strangers reach, at rates with enough strangers."""
    least = TAIL_COUNT / min(len(whole), len(impostor))
    rates = [rate for rate in TAIL_RATES if rate >= least] or TAIL_RATES[:1]
    return [
        [round(float(np.quantile(scores, 1 - rate)), 4) for scores in (whole, impostor)]
        for rate in rates
    ]


def _groups(faces: DegradedFaces, scored: Scored) -> dict[str, np.ndarray]:
    """The pairs with a condition on one side only, or with one on each side: bool (n,) by name."""
    has = {
        name: np.array([name in row for row in faces.conditions]) for name in conditions.CONDITIONS
    }
    none = np.array([not row for row in faces.conditions])
    groups = {}
    for i, name in enumerate(conditions.CONDITIONS):
        a, b = has[name][scored.a], has[name][scored.b]
        groups[name] = (a & none[scored.b]) | (b & none[scored.a])
        for other in conditions.CONDITIONS[i:]:
            c, d = has[other][scored.a], has[other][scored.b]
            groups[decision.key(name, other)] = (a & d) | (b & c)
    return groups


def measure(faces: DegradedFaces, scored: Scored, base: dict, threshold: float) -> dict:
    """Measure calibration by condition on people on whom it was not fitted.

    Each fold of people is measured with a fit on the others.

    Args:
        base: {"slope", "intercept"} for whole faces.
        threshold: similarity, 0-1, from which on whole faces match.

    Returns:
        "conditions": by condition or pair of conditions; "made": by degradation of one photo where the
        other one is clean. Each has, with and without (`before`) calibration by condition: numbers of
        pairs, calibration error, share of the pairs of one person that match, and that are denied at a
        probability of 10 % or less, false-match rate at the threshold, share of answers with a confidence
        of 0.9 or more, and share of wrong ones among them.
    """
    fold = np.array([fold_of(person) for person in faces.people])[scored.a]
    needed = float(logit(threshold))
    before = base["slope"] * scored.logits + base["intercept"]
    after, asked = before.copy(), np.full(len(before), needed)
    for number in range(FOLDS):
        fitted = fit(faces, scored.only(fold != number))
        rows_by_conditions: dict[tuple, list[int]] = {}
        for row in np.flatnonzero(fold == number).tolist():
            pair = faces.conditions[scored.a[row]], faces.conditions[scored.b[row]]
            rows_by_conditions.setdefault(pair, []).append(row)
        for (a, b), places in rows_by_conditions.items():
            after[places] = decision.evidence(scored.logits[places], base, fitted, a, b)
            asked[places] = decision.moved(needed, fitted, a, b)
    made = {name: faces.made == name for name in faces.tried}
    by_making = {
        name: (rows[scored.a] & made[CLEAN][scored.b]) | (rows[scored.b] & made[CLEAN][scored.a])
        for name, rows in made.items()
    }
    result: dict[str, dict[str, dict]] = {"conditions": {}, "made": {}}
    for kind, groups in (("conditions", _groups(faces, scored)), ("made", by_making)):
        for name, rows in groups.items():
            if min((rows & scored.same).sum(), (rows & ~scored.same).sum()) < LEAST:
                continue
            logits, same = scored.logits[rows], scored.same[rows]
            figures = _figures(after[rows], same, logits >= asked[rows])
            figures["before"] = _figures(before[rows], same, logits >= needed)
            if kind == "made":
                figures["refused"] = faces.refused.get(name, {}) | {"of": faces.tried[name]}
            result[kind][name] = figures
    return result


def _figures(evidence, same, matched) -> dict:
    genuine, impostor = evidence[same], evidence[~same]
    weight = len(genuine) / len(impostor)  # gives both kinds of pairs the same total weight
    p = sigmoid(np.concatenate([genuine, impostor]))
    y = np.repeat([1.0, 0.0], [len(genuine), len(impostor)])
    w = np.repeat([1.0, weight], [len(genuine), len(impostor)])
    confident = np.maximum(p, 1 - p) >= CONFIDENT
    wrong = confident & ((p > 0.5) != y)
    return {
        "same": len(genuine),
        "different": len(impostor),
        "calibration_error": round(_calibration_error(p, y, w), 4),
        "same_matched": round(float(matched[same].mean()), 4),
        "same_denied": round(float((p[y == 1] <= 1 - CONFIDENT).mean()), 4),
        "false_match_rate": round(float(matched[~same].mean()), 6),
        "confident": round(float((w * confident).sum() / w.sum()), 4),
        "confident_wrong": round(float((w * wrong).sum() / max((w * confident).sum(), 1e-9)), 4),
    }


def _calibration_error(p, y, weights, bins=10) -> float:
    """As `metrics.expected_calibration_error`, with a weight for each pair."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    total = 0.0
    for index in range(bins):
        w = weights * (which == index)
        if w.sum():
            total += abs((w * p).sum() - (w * y).sum())
    return float(total / weights.sum())
