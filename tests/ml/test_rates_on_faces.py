"""What a rate promises, on photos of people whom neither head nor thresholds have seen.

Reads FACEVERIFY_LFW; skipped without it.
"""

import numpy as np
import pytest

from ml.calibration import from_photos
from ml.decision.gallery import Gallery
from ml.decision.head import Head
from ml.evaluation.datasets import lfw
from ml.evaluation.evaluate import embed_images

PHOTOS_FITTED = 900
STRANGERS, KNOWN = 250, 350
RATE = 0.05  # often enough to be counted in some hundred searches


def sample(photos: dict, people: list[str], most: int) -> dict:
    """At most two photos of each person."""
    kept = {}
    for person in people:
        theirs = [name for name in photos if lfw.person_of(name) == person]
        kept |= {name: photos[name] for name in theirs[:2]}
        if len(kept) >= most:
            break
    return kept


@pytest.fixture(scope="module")
def measured(litert, lfw_folder):
    """A head fitted on some people, and embeddings of others."""
    photos = lfw.paths(lfw_folder)
    by_person: dict[str, list[str]] = {}
    for name in photos:
        by_person.setdefault(lfw.person_of(name), []).append(name)
    rng = np.random.default_rng(5)
    several = [who for who, names in by_person.items() if len(names) > 1]
    several = [several[k] for k in rng.permutation(len(several))]
    fitted_on, left = several[: PHOTOS_FITTED // 2], several[PHOTOS_FITTED // 2 :]
    alone = [who for who, names in by_person.items() if len(names) == 1]
    alone = [alone[k] for k in rng.permutation(len(alone))][: KNOWN + STRANGERS]

    def embedded(people, each):
        chosen = {name: photos[name] for who in people for name in by_person[who][:each]}
        (found,) = embed_images([litert], chosen)
        return found

    train = embedded(fitted_on, 2)
    fitted = from_photos.fit(train.embeddings, train.names)
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    return (
        Gallery(head, fitted.gallery),
        head,
        embedded(alone, 1).embeddings,
        embedded(left[:100], 2),
    )
