"""Hard pairs: other people's photos that the network still takes for the same person.

Random pairs of two people are soon easy, and an easy pair teaches little. At the start of an epoch all
training photos are embedded and each one's likest photos of other people noted; the epoch's batches take
a share of their pairs from these. They depend on the weights of the epoch's start alone, so a run that
was cut off draws what it would have drawn.
"""

import numpy as np

from ml.training.data import sampling

NEAREST = 5
CHUNK = 256


def likest_others(embeddings: np.ndarray, people, count: int = NEAREST) -> np.ndarray:
    """The photos of other people nearest to each photo.

    Args:
        embeddings: (n, d). people: (n,).

    Returns:
        positions (n, count), nearest first; fewer columns where there are fewer photos of others.
    """
    people = np.asarray(people)
    _, numbers, each = np.unique(people, return_inverse=True, return_counts=True)
    count = min(count, len(people) - int(each.max()))
    embeddings = np.asarray(embeddings, np.float32)
    squares = (embeddings**2).sum(axis=1)
    rows = []
    for start in range(0, len(people), CHUNK):
        part = slice(start, start + CHUNK)
        gaps = squares[None] - 2 * embeddings[part] @ embeddings.T
        gaps[numbers[part, None] == numbers[None]] = np.inf
        rows.append(np.argsort(gaps, axis=1, kind="stable")[:, :count])
    return np.concatenate(rows)


def harden(
    drawn: sampling.Drawn, likest: np.ndarray, share: float, generator: np.random.Generator
) -> sampling.Drawn:
    """Give about a `share` of the pairs of two people a second photo out of the first one's likest."""
    hard = ~drawn.same & (generator.random(len(drawn.same)) < share)
    column = generator.integers(0, likest.shape[1], len(drawn.same))
    return drawn._replace(second=np.where(hard, likest[drawn.first, column], drawn.second))


def harden_groups(
    rows: np.ndarray, each: int, people, likest: np.ndarray, share: float, generator
) -> np.ndarray:
    """Replace about a `share` of a batch's people by the likest of those that stay.

    Args:
        rows: positions of `each` photos of one person after the other.
    """
    people = np.asarray(people)
    groups = rows.reshape(-1, each).copy()
    stay = max(1, round(len(groups) * (1 - share)))
    for k in range(stay, len(groups)):
        near = likest[generator.choice(groups[k % stay]), generator.integers(0, likest.shape[1])]
        own = np.flatnonzero(people == people[near])
        groups[k] = generator.choice(own, each, replace=len(own) < each)
        groups[k, 0] = near
    return groups.ravel()
