"""What searches promise, on real photos of people whom neither the head nor its thresholds have seen.

Reads FACEVERIFY_TEST_LFW, else data/lfw; skipped without that folder.
"""

import numpy as np
import pytest

from ml.calibration import from_photos
from ml.decision.gallery import Gallery
from ml.decision.head import Head
from ml.evaluation.datasets import lfw
from ml.evaluation.evaluate import embed_images

FITTED = 200  # people with two photos each
OTHERS = 1001  # people with one photo each, and a second one of some
SEARCHED_FOR = 100  # people whose second photo is looked for
RATE = 0.05  # frequent enough to be counted among a thousand searches

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def left_out(litert, lfw_folder):
    """A gallery fitted on some people; one photo each of others; a second photo of some of them."""
    photos = lfw.paths(lfw_folder)
    by_person: dict[str, list[str]] = {}
    for name in photos:
        by_person.setdefault(lfw.person_of(name), []).append(name)
    rng = np.random.default_rng(5)
    several = [who for who, names in by_person.items() if len(names) > 1]
    several = [several[k] for k in rng.permutation(len(several))]
    alone = [who for who, names in by_person.items() if len(names) == 1]
    alone = [alone[k] for k in rng.permutation(len(alone))]
    fitted_on, known = several[:FITTED], several[FITTED : FITTED + SEARCHED_FOR]
    others = known + alone[: OTHERS - len(known)]

    def embedded(names):
        (found,) = embed_images([litert], {name: photos[name] for name in names})
        return found

    train = embedded(name for who in fitted_on for name in by_person[who][:2])
    first = embedded(by_person[who][0] for who in others)
    second = embedded(by_person[who][1] for who in known)
    fitted = from_photos.fit(train.embeddings, train.names)
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    row = {lfw.person_of(name): k for k, name in enumerate(first.names)}
    looked_for = [
        (row[lfw.person_of(name)], embedding)
        for name, embedding in zip(second.names, second.embeddings, strict=True)
        if lfw.person_of(name) in row
    ]
    return Gallery(head, fitted.gallery), first.embeddings, looked_for


def best(gallery, probe, people, **options):
    return gallery.search(probe, people, np.ones(len(people), int), limit=1, **options)[0]


@pytest.mark.parametrize("size", [10, 100, pytest.param(1000, marks=pytest.mark.slow)])
def test_strangers_meet_anyone_no_more_often_than_the_rate_says(left_out, size):
    gallery, people, _looked_for = left_out
    rng = np.random.default_rng(size)
    found = []
    for number, probe in enumerate(people):
        others = np.delete(np.arange(len(people)), number)
        chosen = others[rng.permutation(len(others))[:size]]
        found.append(best(gallery, probe, people[chosen], false_match_rate=RATE).decision)

    # Half above: some thousand searches, and thresholds from some hundred people.
    assert np.mean([each.outcome == "match" for each in found]) <= RATE * 1.5
    # Of most strangers it can be told that they are nobody, however many are searched.
    assert np.mean([each.outcome == "no_match" for each in found]) > 0.7
    assert all((each.outcome == "no_match") == (each.probability <= 0.1) for each in found)


@pytest.mark.parametrize("size", [10, 100, pytest.param(1000, marks=pytest.mark.slow)])
def test_those_who_are_there_are_seldom_denied(left_out, size):
    gallery, people, looked_for = left_out
    rng = np.random.default_rng(size)
    denied, named = [], []
    for own, probe in looked_for:
        others = np.delete(np.arange(len(people)), own)
        chosen = [own, *others[rng.permutation(len(others))[: size - 1]]]
        found = best(gallery, probe, people[chosen])
        denied.append(found.decision.outcome == "no_match")
        named.append(found.decision.outcome != "match" or found.row == 0)

    # A verdict says no one where the chance is at most 10 %: so often it may be wrong.
    assert np.mean(denied) <= 0.2
    assert np.mean(named) > 0.97
