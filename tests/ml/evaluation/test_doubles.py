"""People whom data have under two names: what is left out, and who else is alike."""

import numpy as np
import pytest

from ml.evaluation import doubles
from ml.evaluation.evaluate import embed_images

HEAD = {"weights": [-1.0] * 8, "bias": 4.0, "power": 2}


@pytest.fixture
def embeddings() -> np.ndarray:
    rows = np.random.default_rng(3).normal(size=(6, 8))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit.astype(np.float32)


def test_photos_of_two_names_that_are_as_near_as_asked_for_are_found(embeddings, monkeypatch):
    monkeypatch.setattr(doubles, "BLOCK", 2)
    people = ["ada", "bo", "cy", "cy", "di", "ed"]
    embeddings[4] = embeddings[1]  # one photo under two names
    embeddings[3] = embeddings[2]  # two photos of one person

    found = doubles.pairs(HEAD, embeddings, people, 3.9)

    assert [pair[:2] for pair in found] == [(1, 4)]
    assert found[0][2] == pytest.approx(4.0, abs=1e-4)


def test_as_near_as_a_copy_is_what_nineteen_of_twenty_copies_are(embeddings):
    photos = np.repeat(embeddings[:1], 100, axis=0)
    copied = photos.copy()
    copied[:, 0] += 0.1
    copied[:4, 0] += 1.0  # copies that went wrong

    assert doubles.as_near_as_a_copy(HEAD, photos, copied) == pytest.approx(3.99, abs=1e-3)


def test_names_of_the_same_words_are_those_of_one_person():
    people = ["Wang_Yingfan", "Ada_Ruiz", "Yingfan_Wang", "Dai_Chul_Chyung", "Chyung_Dai-chul", "Ada_Ruis"]  # fmt: skip

    assert doubles.same_words(people) == [
        ["Chyung_Dai-chul", "Dai_Chul_Chyung"],
        ["Wang_Yingfan", "Yingfan_Wang"],
    ]


def test_people_who_are_alike_are_told_with_their_nearest_photos_first():
    people = ["bo", "ada", "ada", "cy"]

    found = doubles.alike(people, [(0, 1, 2.5), (0, 2, 3.0), (1, 3, 3.5)])

    assert found == [
        {"names": ["ada", "cy"], "logit": 3.5, "pairs": 1},
        {"names": ["ada", "bo"], "logit": 3.0, "pairs": 2},
    ]


def test_copies_are_nearer_to_their_photos_than_to_those_of_others(litert, people, monkeypatch):
    monkeypatch.setattr(doubles, "COPIES", 4)
    photos = {path.stem: path for path in sorted(people.rglob("*.jpg"))[::5]}

    names, copied = doubles.copies(litert, photos, subject="clear")

    (found,) = embed_images([litert], {name: photos[name] for name in names})
    assert found.names == names and len(names) == 4
    scores = litert.head.logits(found.embeddings[:, None], copied)
    assert (scores.argmax(axis=1) == np.arange(4)).all()
    assert doubles.as_near_as_a_copy(litert.head.neuron, found.embeddings, copied) == pytest.approx(
        np.quantile(scores.diagonal(), doubles.FAR), abs=1e-4
    )
