"""`python -m ml identify-scale`: what is left out before anything is measured, and that the rest is told."""

import numpy as np
import pytest

from ml.calibration import from_photos
from ml.cli import identify_scale
from ml.cli.identify_scale import KEPT_APART

PEOPLE, PHOTOS, D = 300, 4, 24


def names_of(apart: bool):
    """Names of people who are kept apart from the fit, or who are not."""
    numbers = (f"Ada_{n}" for n in range(10_000))
    return (name for name in numbers if (from_photos.fold_of(name) in KEPT_APART) == apart)


@pytest.fixture(scope="module")
def found() -> dict:
    rng = np.random.default_rng(4)
    who = np.repeat(rng.normal(size=(PEOPLE, D)), PHOTOS, axis=0)
    rows = who + rng.normal(0, 0.35, who.shape)
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    kept_apart, others = names_of(True), names_of(False)
    people = [next(kept_apart if n < PEOPLE // 2 else others) for n in range(PEOPLE)]
    people[1] = "_".join(reversed(people[0].split("_")))
    names = [f"{person}_{photo:04d}" for person in people for photo in range(1, PHOTOS + 1)]
    unit[PHOTOS * 2] = unit[PHOTOS * 3]  # one photo under two names
    copied = (unit + rng.normal(0, 0.005, unit.shape)).astype(np.float32)
    return identify_scale.measured(unit, names, [D], (50, 400), (names, copied)) | {"names": names}


def test_photos_under_two_names_and_names_of_the_same_words_are_left_out(found):
    names = found["names"]

    assert found["doubles"]["twice"] == [[names[PHOTOS * 2], names[PHOTOS * 3]]]
    assert [sorted(group) for group in found["doubles"]["same_words"]] == [
        sorted(name.rsplit("_", 1)[0] for name in (names[0], names[PHOTOS]))
    ]
    assert found["measured_on"] == PEOPLE // 2 - 2


def test_everything_is_told(found, capsys):
    identify_scale._print(found)

    told = capsys.readouterr().out
    assert "photos of two names as near as copies" in told
    assert "first candidate, 3 photos, 400 people" in told
    for row in found["searches"]:
        assert row["real"] <= min(row["people"], PEOPLE)
