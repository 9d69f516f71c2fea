"""People who do not exist: embeddings drawn from a model of those of real people.

Galleries of 100,000 people cannot be measured on the few thousand whose photos there are. The model:

    photo = scaled to the towers' lengths(centre of a kind of face + person + photo)

The centres are those of a mixture of Gaussians, since faces come in kinds (age, sex, origin) and people of
one kind are more alike than a single Gaussian has them; the person and the photo are Gaussians around it,
the photo's with a spread drawn from the real ones, since some photos are far worse than others. One number,
`sharpness`, is fitted to the tail: the variances of the person are raised to this power, which leaves their
sum and concentrates it on fewer directions, until drawn people are as close to real ones as real ones are, by
the closest 1 in 10,000 pairs. The real ones of these pairs are kept apart from the kinds: these follow the
people they were fitted on, and are closer to them than to anybody else.

What it cannot know: families and twins, who are closer than any chance, and kinds of faces that the photos
it is fitted on lack. Drawn people are closer to one another than real ones are: they fill a gallery, and are
no strangers to search for.
"""

from dataclasses import dataclass

import numpy as np

KINDS, PEOPLE_A_KIND = (
    96,
    20,
)  # at most so many kinds of faces, and at least so many people for each
AXES = 64  # principal axes in which kinds are told apart
TAIL = 1e-4  # share of the pairs of two people at which the drawn tail is fitted to the real one
UNSEEN = 0.25  # share of the people to whom drawn ones are held
DRAWN = 10_000  # people, for that
SHARPEST, STEPS = 5.0, 9  # the search for `sharpness`, from 1


@dataclass(frozen=True)
class Population:
    """What `draw` needs; `towers` are the lengths of the towers' parts of an embedding, by their places."""

    mean: np.ndarray
    axes: np.ndarray
    kinds: np.ndarray
    shares: np.ndarray
    person: np.ndarray
    photo: np.ndarray
    spreads: np.ndarray
    towers: tuple[tuple[slice, float], ...]
    sharpness: float = 1.0

    def draw(self, people: int, photos: int, rng: np.random.Generator) -> np.ndarray:
        """Photos of so many people, float32 (people, photos, d)."""
        d = len(self.mean)
        kind = rng.choice(len(self.shares), people, p=_summing_to_one(self.shares))
        who = self.kinds[kind] + rng.standard_normal((people, d), np.float32) @ self.person
        spread = rng.choice(self.spreads, (people, photos, 1))
        noise = rng.standard_normal((people, photos, d), np.float32) @ self.photo
        return _scaled((who[:, None] + spread * noise) @ self.axes.T + self.mean, self.towers)


def fit(
    embeddings: np.ndarray, people: np.ndarray, sizes: list[int], *, seed: int = 20
) -> Population:
    """Fit the model.

    Args:
        embeddings: float (n, d). people: (n,), the person on each photo. sizes: numbers of each tower,
            whose sum is d.

    Raises:
        ValueError: nobody has several photos, or there are fewer than 40 people.
    """
    rng = np.random.default_rng(seed)
    _, number, counts = np.unique(people, return_inverse=True, return_counts=True)
    if len(counts) < 2 * PEOPLE_A_KIND or counts.max() < 2:
        raise ValueError("A model of people needs 40 people, and some with several photos.")
    towers = _towers(embeddings, sizes)
    one = embeddings[[rng.choice(np.flatnonzero(number == k)) for k in range(len(counts))]]
    rng.shuffle(one)
    unseen, one = np.split(one, [int(UNSEEN * len(one))])
    mean = one.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(one.T))
    variances, axes = np.maximum(variances[::-1], 1e-12), axes[:, ::-1]
    within, spreads = _within(embeddings, number, counts, axes)
    centres, shares, around = _kinds((one - mean) @ axes, variances, seed)
    person, photo = _parts(around, within)
    found: Population | None = None
    low, high = 1.0, SHARPEST
    wanted = _closest(unseen, one)
    for _ in range(STEPS):
        sharpness = (low + high) / 2
        found = Population(
            _single(mean), _single(axes), _single(centres), _single(shares),
            _single(_sharpened(person, sharpness)), _single(photo), _single(spreads), towers, sharpness,
        )  # fmt: skip
        drawn = found.draw(DRAWN, 1, np.random.default_rng(seed))[:, 0]
        low, high = (sharpness, high) if _closest(unseen, drawn) < wanted else (low, sharpness)
    assert found is not None
    return found


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)


def _summing_to_one(shares: np.ndarray) -> np.ndarray:
    exact = shares.astype(np.float64)
    return exact / exact.sum()


def _within(embeddings, number, counts, axes) -> tuple[np.ndarray, np.ndarray]:
    """The covariance of the photos of one person around their mean, and each photo's distance from it by
    the root of the mean square."""
    several = np.flatnonzero(counts[number] > 1)
    total = np.zeros((len(counts), embeddings.shape[1]))
    np.add.at(total, number, embeddings)
    off = embeddings[several] - (total / counts[:, None])[number[several]]
    off = off * np.sqrt(counts / np.maximum(counts - 1, 1))[number[several], None]
    weights = 1.0 / counts[number[several]]  # each person once
    off = off @ axes
    covariance = (off * weights[:, None]).T @ off / weights.sum()
    spreads = np.linalg.norm(off, axis=1) / np.sqrt(np.trace(covariance))
    chosen = np.random.default_rng(0).choice(len(spreads), 5000, p=weights / weights.sum())
    spreads = spreads[chosen]
    return covariance, spreads / np.sqrt((spreads**2).mean())


def _kinds(rows, variances, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres (k, d), shares (k,), and the covariance (d, d) around the centres."""
    from sklearn.mixture import GaussianMixture

    d = rows.shape[1]
    told = min(AXES, d)
    mixture = GaussianMixture(
        max(1, min(KINDS, len(rows) // PEOPLE_A_KIND)),
        covariance_type="tied",
        reg_covar=1e-6,
        max_iter=40,
        tol=1e-2,
        random_state=seed,
    ).fit(rows[:, :told])
    centres = np.zeros((len(mixture.means_), d))
    centres[:, :told] = mixture.means_
    around = np.diag(variances.copy())
    around[:told, :told] = mixture.covariances_
    return centres, mixture.weights_ / mixture.weights_.sum(), around


def _sharpened(factor: np.ndarray, power: float) -> np.ndarray:
    """The factor for drawing with covariances of which the variances are raised to a power."""
    values, vectors = np.linalg.eigh(factor.T @ factor)
    raised = np.maximum(values, 1e-12) ** power
    return (vectors * np.sqrt(raised * values.sum() / raised.sum())).T


def _parts(total: np.ndarray, within: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors for drawing the person and the photo, so that both together have the covariance `total`; in
    directions in which photos of one person differ more than that, only they differ."""
    values, vectors = np.linalg.eigh(total)
    root = (vectors * np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
    back = (vectors / np.sqrt(np.maximum(values, 1e-12))) @ vectors.T
    share, turned = np.linalg.eigh(back @ within @ back)
    share = share.clip(0.0, 1.0)
    person = (np.sqrt(1 - share)[:, None] * turned.T) @ root
    photo = (np.sqrt(share)[:, None] * turned.T) @ root
    return person, photo


def _towers(embeddings, sizes: list[int]) -> tuple[tuple[slice, float], ...]:
    ends = np.cumsum(sizes)
    places = [slice(int(end - size), int(end)) for end, size in zip(ends, sizes, strict=True)]
    return tuple(
        (place, float(np.linalg.norm(embeddings[:, place], axis=1).mean())) for place in places
    )


def _scaled(rows: np.ndarray, towers) -> np.ndarray:
    for place, length in towers:
        part = rows[..., place]
        part *= length / np.maximum(np.linalg.norm(part, axis=-1, keepdims=True), 1e-9)
    return rows


def _closest(some: np.ndarray, others: np.ndarray) -> float:
    """The dot product that a share TAIL of the pairs of one of some and one of the others reaches."""
    return float(np.quantile(some @ others.T, 1 - TAIL))
