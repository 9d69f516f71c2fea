"""Hard pairs: which they are, and that batches take them."""

from pathlib import Path

import numpy as np

from ml.training import config
from ml.training.batches import Batches
from ml.training.data import mining, sampling
from ml.training.data.photos import Photos

PEOPLE = np.array(["A", "A", "B", "B", "C"])
EMBEDDINGS = np.array([[0.0], [1.0], [1.2], [5.0], [4.0]])


def test_the_hardest_others_by_hand():
    # Nearest to A at 0: B at 1.2, C at 4. To B at 5: C at 4, A at 1. To C at 4: B at 5, B at 1.2.
    found = mining.hardest_others(EMBEDDINGS, PEOPLE, count=2)
    assert found.tolist() == [[2, 4], [2, 4], [1, 0], [4, 1], [3, 2]]


def test_the_own_person_is_never_among_them():
    rng = np.random.default_rng(0)
    people = rng.integers(0, 20, 400)
    found = mining.hardest_others(rng.normal(size=(400, 8)), people)
    assert found.shape == (400, mining.NEAREST)
    assert (people[found] != people[:, None]).all()


def test_pairs_of_one_person_stay_and_others_become_hard():
    hardest = mining.hardest_others(EMBEDDINGS, PEOPLE, count=1)
    pairs = sampling.sample_pairs(PEOPLE, 40, np.random.default_rng(1))
    hard = mining.mine_hard(pairs, hardest, 1.0, np.random.default_rng(2))
    assert (hard.same == pairs.same).all()
    assert (hard.second[pairs.same] == pairs.second[pairs.same]).all()
    assert (hard.second[~pairs.same] == hardest[pairs.first[~pairs.same], 0]).all()
    assert (PEOPLE[hard.first] == PEOPLE[hard.second]).tolist() == hard.same.tolist()
    half = mining.mine_hard(pairs, hardest, 0.5, np.random.default_rng(2))
    assert 0 < (half.second != pairs.second).sum() < (hard.second != pairs.second).sum()


def test_a_batch_meets_the_people_that_are_mixed_up():
    people = np.repeat(np.arange(40), 2)
    embeddings = np.repeat(np.arange(40) // 2, 2)[:, None].astype(float)  # 2k and 2k + 1 look alike
    hardest = mining.hardest_others(embeddings, people, count=2)
    rows = sampling.sample_groups(people, 6, 2, np.random.default_rng(3))
    hard = people[mining.mine_hard_groups(rows, 2, people, hardest, 0.5, np.random.default_rng(4))]
    groups = hard.reshape(6, 2)
    assert (groups[:, 0] == groups[:, 1]).all()
    assert (groups[3:, 0] == (groups[:3, 0] ^ 1)).all()


def test_batches_are_mined_anew_each_epoch_and_again_the_same():
    pixels = np.zeros((40, 4, 4, 3), np.uint8)
    pixels[:, 0, 0, 0] = np.arange(40)
    photos = Photos(pixels, np.repeat(np.arange(20), 2).astype(str), [Path("a.jpg")] * 40)
    cfg = config.Config(tower="compact", objective="pairs", hard=1.0, batch=8, steps=2)
    calls = []

    def embed(faces):
        calls.append(len(faces))
        return faces[:, 0, 0, :1].astype(float)

    def epoch(batches):
        batches.on_epoch_begin()
        inputs, same = batches[0]
        return inputs["probe"][:, 0, 0, 0], inputs["reference"][:, 0, 0, 0], same[:, 0] == 1

    batches = Batches(photos, cfg, embed=embed)
    first, second, same = epoch(batches)
    assert calls == [40]
    assert (np.abs(first - second)[~same] <= 6).all()  # neighbours by value
    assert (second != epoch(batches)[1]).any()
    assert sum(calls) == 80
    again = epoch(Batches(photos, cfg, embed=embed))
    assert all((one == two).all() for one, two in zip((first, second, same), again, strict=True))
