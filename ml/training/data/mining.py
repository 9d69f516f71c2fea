"""Hard pairs: photos of different people that the network still confuses.

Random pairs of two people soon become easy, and easy pairs teach little. At the start of each epoch all
training photos are embedded, and for each photo the nearest photos of other people are noted; the epoch's
batches take a share of their pairs from these. The choice depends only on the weights at the start of
the epoch, so that a stopped run can be resumed and gets the same batches.
"""

import numpy as np

from ml.training.data import sampling

NEAREST = 5
CHUNK = 256


def hardest_others(embeddings: np.ndarray, people, count: int = NEAREST) -> np.ndarray:
    """For each photo, the photos of other people that are nearest to it.

    Args:
        embeddings: (n, d).
        people: (n,).

    Returns:
        positions (n, count), nearest first; fewer columns where other people have fewer photos.
    """
    people = np.asarray(people)
    _, numbers, each = np.unique(people, return_inverse=True, return_counts=True)
    count = min(count, len(people) - int(each.max()))
    embeddings = np.asarray(embeddings, np.float32)
    squares = (embeddings**2).sum(axis=1)
    rows = []
    for start in range(0, len(people), CHUNK):
        part = slice(start, start + CHUNK)
        distances = squares[None] - 2 * embeddings[part] @ embeddings.T
        distances[numbers[part, None] == numbers[None]] = np.inf
        rows.append(np.argsort(distances, axis=1, kind="stable")[:, :count])
    return np.concatenate(rows)


def mine_hard(
    pairs: sampling.SampledPairs,
    hardest: np.ndarray,
    share: float,
    generator: np.random.Generator,
) -> sampling.SampledPairs:
    """Replace the second photo in about a `share` of the pairs of two people.

    Args:
        hardest: from `hardest_others`; the new second photo is one of those of the first.
    """
    hard = ~pairs.same & (generator.random(len(pairs.same)) < share)
    column = generator.integers(0, hardest.shape[1], len(pairs.same))
    return pairs._replace(second=np.where(hard, hardest[pairs.first, column], pairs.second))


def mine_hard_groups(
    rows: np.ndarray,
    each: int,
    people,
    hardest: np.ndarray,
    share: float,
    generator: np.random.Generator,
) -> np.ndarray:
    """Replace about a `share` of the people in a batch by those most like the people who remain.

    Args:
        rows: positions of photos, `each` of one person after the other.
        hardest: from `hardest_others`.
    """
    people = np.asarray(people)
    groups = rows.reshape(-1, each).copy()
    remaining = max(1, round(len(groups) * (1 - share)))
    for k in range(remaining, len(groups)):
        photo = generator.choice(groups[k % remaining])
        near = hardest[photo, generator.integers(0, hardest.shape[1])]
        own = np.flatnonzero(people == people[near])
        groups[k] = generator.choice(own, each, replace=len(own) < each)
        groups[k, 0] = near
    return groups.ravel()
