"""Which of many faces are the same person."""

import numpy as np

from ml.decision.gathering import gather, margins
from tests.support.faces import make_face


def table(n: int, *pairs: tuple[int, int]) -> np.ndarray:
    """Margins of n faces of which only these pairs match."""
    found = np.full((n, n), -1.0)
    for strength, (a, b) in enumerate(reversed(pairs), start=1):
        found[a, b] = found[b, a] = strength
    return found


def test_faces_that_all_match_each_other_are_one_person():
    found = gather(table(4, (0, 1), (0, 2), (1, 2)), photos=[1, 2, 3, 4])

    assert found == [[0, 1, 2], [3]]


def test_a_chain_of_lookalikes_is_not_one_person():
    found = gather(table(3, (0, 1), (1, 2)), photos=[1, 2, 3])

    assert found == [[0, 1], [2]]


def test_nobody_is_twice_in_one_photo():
    found = gather(table(3, (0, 1), (0, 2), (1, 2)), photos=[1, 1, 2])

    assert len(found) == 2
    assert all(not {0, 1} <= set(group) for group in found)


def test_the_strongest_pair_comes_first():
    found = gather(table(3, (1, 2), (0, 1)), photos=[1, 2, 3])

    assert found == [[1, 2], [0]]


def test_no_faces_make_no_groups():
    assert gather(np.empty((0, 0)), photos=[]) == []


def test_a_margin_is_that_of_the_decision_on_the_pair(litert):
    photos = [make_face(0), make_face(0, 1), make_face(1)]
    faces = [litert.acquire(photo).face for photo in photos]
    embeddings = litert.embed([face.chips for face in faces])
    conditions = [faces[0].conditions, ("dark",), faces[2].conditions]

    found = margins(litert.head, embeddings, conditions)

    for a in range(3):
        for b in range(3):
            if a != b:
                head = litert.head.under(conditions[a], conditions[b])
                decision = head.decide(embeddings[a], embeddings[b])
                assert (found[a, b] >= 0) == (decision.outcome == "match")
