"""The last neuron, fitted by logistic regression on the L1 differences of two embeddings."""

import numpy as np
import pytest
from scipy.optimize import minimize

from ml.calibration import from_photos


def pairs_of_two_kinds():
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(40), 2)
    embeddings = rng.normal(size=(40, 8))[people] + rng.normal(scale=0.6, size=(80, 8)) + 5
    first, second = np.triu_indices(80, 1)
    pairs = np.stack([first, second], axis=1)
    return embeddings.astype(np.float32), pairs, (people[first] == people[second]).astype(int)


@pytest.mark.parametrize("power", [1, 2])
def test_the_neuron_minimises_the_balanced_penalised_loss(power):
    """The same minimum as that of the loss written down in full: a weight for each difference, one
    for their sum over its deviation, all but the bias penalised, both kinds of pairs worth as much."""
    embeddings, pairs, labels = pairs_of_two_kinds()
    if power == 2:  # what embeddings of length 1 get
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    differences = np.abs(embeddings[pairs[:, 0]] - embeddings[pairs[:, 1]]).astype(float) ** power
    scale = differences.sum(axis=1).std()
    features = np.column_stack([differences, differences.sum(axis=1) / scale])
    worth = len(labels) / 2 / np.bincount(labels)[labels]
    sign = 2 * labels - 1

    def loss(values):
        logits = features @ values[:-1] + values[-1]
        penalty = (values[:-1] ** 2).sum() / 2
        return (
            penalty + from_photos.STRENGTH[power] * (worth * np.logaddexp(0, -sign * logits)).sum()
        )

    best = minimize(loss, np.zeros(10), method="BFGS", options={"gtol": 1e-4}).x
    neuron = from_photos.fit_neuron(embeddings, pairs, labels)

    spread = from_photos.SPREAD[power]
    weights = np.array(neuron["weights"]) / spread
    np.testing.assert_allclose(weights, best[:8] + best[8] / scale, atol=0.02)
    np.testing.assert_allclose(neuron["bias"] / spread, best[9], atol=0.05)
    assert neuron.get("power", 1) == power
