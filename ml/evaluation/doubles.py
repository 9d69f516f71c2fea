"""People whom data have under two names, found by rules that look at no verdict.

A search that finds such a person under the other name seems to name a stranger. Left out are

- photos that are there twice: as near to a photo of another name as copies of a photo are to it. How near that is
  gets measured, by copies that are made;
- people whose names are the same words in another order.

Whoever else looks like somebody of another name stays in, and is told of (`alike`): nobody here knows whether
they are one person, brothers, or two strangers.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np

from ml import images
from ml.decision import distance
from ml.evaluation.evaluate import acquire
from ml.evaluation.identify_scale import logits_of_all
from ml.serving.verifier import Verifier

COPIES = 200
SIDE, QUALITY = (
    0.8,
    50,
)  # of a copy: a smaller picture, saved as JPEG of a quality below that of most photos
FAR = 0.05  # share of the copies that are farther from their photo than "as near as a copy"
BLOCK = 500


def copies(
    verifier: Verifier, photos: dict[str, Path], *, subject: str, seed: int = 20
) -> tuple[list[str], np.ndarray]:
    """The names of some photos, and the embeddings of copies of them, float32 (n, d)."""
    rng = np.random.default_rng(seed)
    names, rows = [], []
    for name in rng.permutation(sorted(photos))[:COPIES].tolist():
        chips = acquire([verifier], _copy(photos[name].read_bytes()), subject=subject)
        chip = chips[verifier.acquisition]
        if not isinstance(chip, str):
            names.append(name)
            rows.append(verifier.embed([chip])[0])
    return names, np.array(rows, np.float32)


def _copy(data: bytes) -> bytes:
    pixels = images.decode(data)
    smaller = cv2.resize(pixels, None, fx=SIDE, fy=SIDE, interpolation=cv2.INTER_AREA)
    return images.encode_jpeg(smaller, quality=QUALITY)


def as_near_as_a_copy(head: dict, photos: np.ndarray, copied: np.ndarray) -> float:
    """The logit that all but a share FAR of photos (n, d) reach with their copies (n, d)."""
    return float(np.quantile(distance.logits(head, photos, copied), FAR))


def same_words(people: list[str]) -> list[list[str]]:
    """Names that are the same words in another order, such as Wang_Yingfan and Yingfan_Wang."""
    found = defaultdict(set)
    for name in people:
        found[tuple(sorted(re.split(r"[_\s-]+", name.lower())))].add(name)
    return sorted(sorted(group) for group in found.values() if len(group) > 1)


def pairs(head: dict, embeddings: np.ndarray, people, least: float) -> list[tuple[int, int, float]]:
    """Rows of photos (n, d) of two people (n,) that reach a logit with each other, and the logit."""
    people, found = np.asarray(people), []
    for start in range(0, len(people), BLOCK):
        block = slice(start, start + BLOCK)
        scores = logits_of_all(head, embeddings[block], embeddings)
        near = (scores >= least) & (people[block, None] != people)
        for row, other in np.argwhere(near):
            if start + row < other:
                found.append((int(start + row), int(other), float(scores[row, other])))
    return found


def alike(people: list[str], found: list[tuple[int, int, float]]) -> list[dict]:
    """The people of `pairs`, JSON-ready, the most alike first: their names, the highest logit of any of their
    photos, and how many pairs of photos reached what was asked for."""
    number: Counter = Counter()
    highest: dict[tuple[str, str], float] = {}
    for row, other, logit in found:
        one, two = sorted((people[row], people[other]))
        number[one, two] += 1
        highest[one, two] = max(logit, highest.get((one, two), -np.inf))
    order = sorted(highest, key=lambda both: -highest[both])
    return [
        {"names": list(both), "logit": round(highest[both], 3), "pairs": number[both]}
        for both in order
    ]
