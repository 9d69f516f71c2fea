"""The last neuron, fitted by logistic regression on the L1 differences of two embeddings."""

import numpy as np
from scipy.optimize import minimize

from ml.calibration import from_photos

STRENGTH = 0.3


def pairs_of_two_kinds():
    rng = np.random.default_rng(3)
    people = np.repeat(np.arange(40), 2)
    embeddings = rng.normal(size=(40, 8))[people] + rng.normal(scale=0.6, size=(80, 8)) + 5
    first, second = np.triu_indices(80, 1)
    pairs = np.stack([first, second], axis=1)
    return embeddings.astype(np.float32), pairs, (people[first] == people[second]).astype(int)


def test_the_neuron_minimises_the_balanced_penalised_loss():
    """The same minimum as that of the loss written down in full: a weight for each difference, one
    for their sum over its deviation, all but the bias penalised, both kinds of pairs worth as much."""
    embeddings, pairs, labels = pairs_of_two_kinds()
    differences = np.abs(embeddings[pairs[:, 0]] - embeddings[pairs[:, 1]]).astype(float)
    scale = differences.sum(axis=1).std()
    features = np.column_stack([differences, differences.sum(axis=1) / scale])
    worth = len(labels) / 2 / np.bincount(labels)[labels]
    sign = 2 * labels - 1

    def loss(values):
        logits = features @ values[:-1] + values[-1]
        penalty = (values[:-1] ** 2).sum() / 2
        return penalty + STRENGTH * (worth * np.logaddexp(0, -sign * logits)).sum()

    best = minimize(loss, np.zeros(10), method="BFGS", options={"gtol": 1e-4}).x
    neuron = from_photos.fit_neuron(embeddings, pairs, labels, STRENGTH)

    weights = np.array(neuron["weights"]) / from_photos.SPREAD
    np.testing.assert_allclose(weights, best[:8] + best[8] / scale, atol=0.02)
    np.testing.assert_allclose(neuron["bias"] / from_photos.SPREAD, best[9], atol=0.05)
