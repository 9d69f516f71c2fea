"""A search by int8 codes finds whom a search of everything finds, with the same decisions in the same order."""

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from ml.decision.gallery import Gallery
from ml.decision.head import Head
from verification.engine import Scoring
from verification.gallery.index.matrix import Matrix, Rows, words

ANCHORS = [1, 2, 5]
RATES = [0.1, 0.01, 0.001, 0.0001]


def gallery_of(weights: np.ndarray, power: int) -> tuple[Gallery, Scoring]:
    """A model whose head has these weights; people with more photos have other operating points."""
    spec = {
        "anchors": ANCHORS, "rates": RATES,
        "logits": {str(k): [-2.0 + k / 10, 0.0, 1.0 + k / 10, 2.0] for k in ANCHORS},
        "calibration": {str(k): {"slope": 1.0 + k / 5, "intercept": k / 3} for k in ANCHORS},
    }  # fmt: skip
    points = {"1e-3": {"false_match_rate": 1e-3, "threshold": 0.7}}
    neuron = {"weights": weights, "bias": 6.0, "power": power}
    head = Head(neuron, {"slope": 1.0, "intercept": 0.0}, points)
    gallery = Gallery(head, spec)
    return gallery, Scoring(head.squared_weights, tuple(gallery.groups), head.logits)


def people(rng: np.random.Generator, number: int, dims: int) -> Rows:
    """Somebody like many others, some the very same as another, with one to eight photos."""
    around = rng.normal(size=(max(number // 7, 1), dims))
    found = around[rng.integers(len(around), size=number)] + rng.normal(size=(number, dims)) / 3
    found[rng.integers(number, size=number // 5)] = found[0]
    found = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    ids = words(UUID(bytes=rng.bytes(16)) for _ in range(number))
    return Rows(ids, ids, found, rng.integers(1, 9, size=number).astype(np.int32))


def filled(rows: Rows, scoring: Scoring) -> Matrix:
    memory = bytearray(Matrix.bytes_for(len(rows) + 50, rows.templates.shape[1]))
    matrix = Matrix(memoryview(memory), rows.templates.shape[1])
    matrix.put(rows, scoring, gone=np.empty(0, int), version=1)
    return matrix


@pytest.mark.parametrize("seed", range(12))
def test_candidates_order_and_decisions_are_those_of_a_search_of_everyone(seed):
    rng = np.random.default_rng(seed)
    number, dims = int(rng.integers(1, 6000)), int(rng.choice([8, 128, 320]))
    weights = -rng.uniform(0, 9, dims).astype(np.float32)
    gallery, scoring = gallery_of(weights, power=1 if seed % 4 == 3 else 2)
    everyone = people(rng, number, dims).in_order()
    matrix = filled(everyone[rng.permutation(number)], scoring)
    probes = [everyone.templates[0], *people(rng, 2, dims).templates]

    for probe, limit, left_out in zip(probes, (10, 1, 50), (0, 3, number // 2), strict=True):
        excluded = rng.permutation(number)[:left_out]
        rows = matrix.nearest(probe, limit, scoring, excluded=excluded)
        near, among = matrix.rows(rows).in_order(), number - left_out
        gone = {tuple(pair) for pair in matrix.rows(excluded).ids.tolist()}
        kept = everyone[np.array([tuple(pair) not in gone for pair in everyone.ids.tolist()], bool)]
        found = gallery.search(probe, near.templates, near.counts, limit=limit, among=among)
        whole = gallery.search(probe, kept.templates, kept.counts, limit=limit)

        assert [tuple(near.ids[one.row]) for one in found] == [
            tuple(kept.ids[one.row]) for one in whole
        ]
        for one, other in zip(found, whole, strict=True):
            assert one.decision.outcome == other.decision.outcome
            assert one.decision.probability == pytest.approx(other.decision.probability, abs=1e-6)
            assert one.decision.threshold == other.decision.threshold


def test_a_search_reads_few_of_many_in_float32():
    rng = np.random.default_rng(1)
    _gallery, scoring = gallery_of(-np.full(320, 4, np.float32), power=2)
    rows = people(rng, 20_000, 320)
    rows = replace(rows, templates=rng.normal(size=(20_000, 320)).astype(np.float32))
    matrix = filled(rows, scoring)

    assert len(matrix.nearest(rows.templates[7], 10, scoring, excluded=np.empty(0, int))) < 2000


def test_rows_that_go_leave_nothing_behind_and_others_are_still_found():
    rng = np.random.default_rng(2)
    _gallery, scoring = gallery_of(-np.ones(8, np.float32), power=2)
    rows = people(rng, 100, 8)
    matrix = filled(rows, scoring)
    gone = matrix.find(rows.ids[::3])

    matrix.put(Rows.none(), scoring, gone=gone, version=2)

    assert (matrix.size, matrix.version) == (66, 2)
    kept = np.array([number % 3 != 0 for number in range(100)])
    left = matrix.rows(slice(None)).in_order()
    assert (left.ids == rows[kept].in_order().ids).all()
    assert (left.templates == rows[kept].in_order().templates).all()
    assert not matrix._templates[66:].any() and not matrix._codes[66:].any()
    assert not matrix._ids[66:].any()
