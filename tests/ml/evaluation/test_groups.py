"""Error rates by group and where errors gather: by hand, against plain counting, and at the edges."""

import itertools

import numpy as np
import pytest

from ml.errors import MlError
from ml.evaluation import confusion, groups, metrics
from ml.evaluation.datasets import groups_file, lfw

LEAST = -np.inf


def all_logits(values):
    """Likeness of two made-up photos: the nearer their values, the higher."""
    first, second = np.triu_indices(len(values), 1)
    return -np.abs(values[first] - values[second])


def measure(people, values, grouping, threshold):
    wrong = confusion.collect(people, all_logits(values), threshold)
    return groups.rates(wrong, grouping, {"1e-3": threshold})


def crowd(count, *, photos=3, spread=0.2, seed=0):
    """People on a line, each with photos scattered around a place."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(count), photos)
    return people, people * spread + rng.normal(0, 0.1, len(people))


def test_a_table_by_hand():
    # Photos: A 0 and 1, B 1.5, C 5 and 8; A and B are "near", C is "far".
    people, values = np.array([0, 0, 1, 2, 2]), np.array([0.0, 1.0, 1.5, 5.0, 8.0])
    grouping = groups.Grouping.of(["A", "B", "C"], {"A": "near", "B": "near", "C": "far"})

    found = measure(people, values, grouping, -1.0)

    assert [row["group"] for row in found["groups"]] == ["far", "near"]
    assert found["groups"][1] == {
        "group": "near",
        "people": 2,
        "photos": 3,
        "genuine_pairs": 1,
        "impostor_pairs": 2,
    }
    rates = found["rates"]["1e-3"]
    far, near = 0, 1
    assert rates["fmr"][near][near]["value"] == 0.5  # of A and B, 1 and 1.5 match, 0 and 1.5 do not
    assert (rates["fmr"][near][far]["errors"], rates["fmr"][near][far]["pairs"]) == (0, 6)
    assert rates["fmr"][far][far] == {
        "value": None,
        "low": None,
        "high": None,
        "errors": 0,
        "pairs": 0,
    }
    assert rates["fnmr"][near]["value"] == 0.0
    assert rates["fnmr"][far]["value"] == 1.0
    assert rates["overall"]["fmr"]["pairs"] == 8
    assert rates["overall"]["fnmr"]["value"] == 0.5


def test_the_rates_are_those_of_plain_counting():
    people, values = crowd(30)
    group = np.arange(30) % 3
    grouping = groups.Grouping(["x", "y", "z"], group)
    found = measure(people, values, grouping, -0.25)["rates"]["1e-3"]

    first, second = np.triu_indices(len(people), 1)
    logits, same = all_logits(values), people[first] == people[second]
    one, other = group[people[first]], group[people[second]]
    for a in range(3):
        assert found["fnmr"][a]["value"] == pytest.approx(
            metrics.fnmr(logits[same & (one == a)], -0.25), rel=1e-3
        )
        for b in range(3):
            between = ((one == a) & (other == b)) | ((one == b) & (other == a))
            assert found["fmr"][a][b]["value"] == pytest.approx(
                metrics.fmr(logits[~same & between], -0.25), rel=1e-3
            )


def test_intervals_hold_their_rate_and_narrow_with_more_people():
    widths = []
    for count in (20, 300):
        people, values = crowd(count)
        grouping = groups.Grouping(["all"], np.zeros(count, int))
        rates = measure(people, values, grouping, -0.15)["rates"]["1e-3"]
        for row in (rates["fmr"][0][0], rates["fnmr"][0]):
            assert 0 < row["low"] <= row["value"] <= row["high"] < 1
        widths.append(rates["fnmr"][0]["high"] - rates["fnmr"][0]["low"])
    assert widths[1] < widths[0] / 2


def test_no_error_seen_is_not_no_error():
    # People far apart with photos alike: nothing is wrong, and how sure that is, people say.
    highest = []
    for count in (5, 50):
        people = np.repeat(np.arange(count), 2)
        grouping = groups.Grouping(["all"], np.zeros(count, int))
        rates = measure(people, people * 10.0, grouping, -1.0)["rates"]["1e-3"]
        assert rates["fmr"][0][0]["value"] == rates["fmr"][0][0]["low"] == 0
        assert rates["fnmr"][0]["high"] == pytest.approx(groups.wilson(0, count)[1], rel=1e-3)
        highest.append(rates["fmr"][0][0]["high"])
    assert 0 < highest[1] < highest[0] / 50  # pairs of people: 10 and 1,225


def test_one_person_alone_proves_little_of_a_group():
    people, values = np.array([0, 0, 1]), np.array([0.0, 9.0, 50.0])
    rates = measure(people, values, groups.Grouping(["all"], np.zeros(2, int)), -1.0)["rates"]
    found = rates["1e-3"]["fnmr"][0]
    assert (found["value"], found["high"]) == (1.0, 1.0)
    assert found["low"] < 0.25


@pytest.mark.parametrize(
    ("share", "trials", "low", "high"), [(0.0, 10, 0.0, 0.2775), (0.5, 10, 0.2366, 0.7634)]
)
def test_wilsons_interval(share, trials, low, high):
    assert groups.wilson(share, trials) == pytest.approx((low, high), abs=1e-4)


def test_people_without_a_group_are_counted_apart():
    people, values = np.array([0, 0, 1, 1, 2, 2]), np.array([0.0, 0.1, 5.0, 5.1, 0.05, 9.0])
    grouping = groups.Grouping.of(["A", "B", "C"], {"A": "x", "B": "x"})

    found = measure(people, values, grouping, -1.0)

    assert found["people_without_group"] == 1
    assert found["rates"]["1e-3"]["fmr"][0][0]["errors"] == 0
    assert found["rates"]["1e-3"]["overall"]["fmr"]["errors"] == 2


def test_people_are_told_apart_by_the_number_of_their_photos():
    people = np.repeat([0, 1, 2, 3, 4], [1, 2, 4, 5, 9])
    grouping = groups.by_photos(people)
    assert grouping.names == ["1 photo", "2 to 4 photos", "5 or more photos"]
    assert grouping.group.tolist() == [0, 1, 1, 2, 2]
    assert groups.by_photos(np.array([0, 0, 1, 1])).names == ["2 to 4 photos"]


def test_false_matches_of_one_photo_gather_on_it():
    # Photo 0 matches each of the 99 others, and nothing else does.
    count = 100
    first, _ = np.triu_indices(count, 1)
    wrong = confusion.collect(np.arange(count), np.where(first == 0, 1.0, -1.0), 0.5)

    found = confusion.most_confused(wrong, {"1e-2": 0.5, "1e-4": 2.0})

    assert found["1e-2"]["false_matches"] == 99
    assert found["1e-2"]["top_1_percent"]["photos"] == 1
    assert found["1e-2"]["top_1_percent"]["share"] == 0.5  # the other half is its partners'
    assert found["1e-2"]["top_1_percent"]["by_chance"] < 0.05
    assert found["1e-4"]["false_matches"] == 0
    assert found["1e-4"]["top_5_percent"]["share"] is None


def test_false_matches_that_fall_by_chance_are_told_so():
    rng = np.random.default_rng(0)
    count = 400
    logits = rng.normal(0, 1, count * (count - 1) // 2)

    found = confusion.most_confused(confusion.collect(np.arange(count), logits, 2.5), {"1e-2": 2.5})

    row = found["1e-2"]["top_5_percent"]
    assert row["share"] == pytest.approx(row["by_chance"], rel=0.15)
    assert row["share"] > 0.08  # more than 5 %: the photos were chosen for it


def test_what_is_kept_of_all_pairs_is_all_that_a_threshold_can_get_wrong():
    people, values = crowd(12)
    logits = all_logits(values)
    first, second = np.triu_indices(len(people), 1)
    same = people[first] == people[second]

    kept = confusion.collect(people, logits, -0.3)

    assert sorted(kept.genuine) == sorted(logits[same])
    assert sorted(kept.impostor) == sorted(logits[~same & (logits >= -0.3)])
    for (a, b), logit in zip(kept.impostor_photos, kept.impostor, strict=True):
        assert people[a] != people[b] and logit == -abs(values[a] - values[b])
    assert len(kept.false_matches(-0.1)) == (~same & (logits >= -0.1)).sum()
    assert len(kept.false_non_matches(-0.1)) == (same & (logits < -0.1)).sum()


def test_calibration_is_balanced_between_the_kinds_of_pairs():
    # One genuine pair at 0.9; of four impostors half at 0.1, half at 0.9. The bin of 0.9 holds weight 1
    # of genuine pairs and 1/2 of impostors: two thirds are right where 0.9 was said.
    found = metrics.balanced_calibration_error([0.9], [0.1, 0.1, 0.9, 0.9])
    assert found == pytest.approx((1.5 * (0.9 - 2 / 3) + 0.5 * 0.1) / 2)
    rng = np.random.default_rng(0)
    said = rng.random(200_000)
    truth = rng.random(len(said)) < said
    assert metrics.balanced_calibration_error(said[truth], said[~truth]) < 0.01


PAIRS = lfw.LabelledPairs(
    [("A_0001", "A_0002"), ("A_0001", "B_0001"), ("C_0001", "D_0001"), ("E_0001", "E_0002")],
    [1, 0, 0, 1],
    [0, 0, 0, 1],
    {},
    {f"{person}_{number:04d}": person for person in "ABCDE" for number in (1, 2)},
)


@pytest.mark.parametrize(
    "text",
    [
        "A,x\nB,x\nC,y\nD,y\n",
        "person,group\nA,x\nB,x\nC,y\nD,y\n",
        "\ufeffGroup, Person, note\r\nx,A,\r\nx,B,\r\n\r\ny,C,\r\ny,D,\r\n",
        '"A", x \nB,x\nC,"y"\nD,y',
    ],
    ids=["without a header", "with one", "from a spreadsheet", "quoted"],
)
def test_a_groups_file_is_read(tmp_path, text):
    path = tmp_path / "groups.csv"
    path.write_bytes(text.encode())
    assert groups_file.read(path, PAIRS) == {"A": "x", "B": "x", "C": "y", "D": "y"}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("A,x\nB,x\nZoe,x\n", "groups_unknown_people", "no photo (1): Zoe"),
        ("".join(f"P{k},x\n" for k in range(9)), "groups_unknown_people", "(9): P0, P1, P2"),
        ("A,x\nB,x\nA,y\n", "groups_duplicate", "line 3: A already"),
        ("A,x\nB,\n", "groups_malformed", "line 2"),
        ("A,x\n,x\n", "groups_malformed", "line 2"),
        ("A;x\n", "groups_malformed", "line 1"),
        ("A,x,1970\n", "groups_malformed", "line 1"),
        ("", "groups_empty", "names nobody"),
        ("person,group\n\n", "groups_empty", "names nobody"),
        ("A,x\nB,x\nC,y\n", "groups_too_few_pairs", "of the group y only one person"),
        ("A,x\nB,x\n\x00", "groups_malformed", "line 3"),
        (b"\xff\xfe\x00", "groups_unreadable", "cannot be read"),
        (None, "groups_unreadable", "cannot be read"),
    ],
)
def test_a_groups_file_that_cannot_be_used_says_why(tmp_path, text, code, words):
    path = tmp_path / "groups.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(MlError) as error:
        groups_file.read(path, PAIRS)
    assert error.value.code == code
    assert words in error.value.detail
    assert error.value.remedy


def test_more_groups_than_anybody_can_read_are_refused(tmp_path):
    people = {f"P{k}_0001": f"P{k}" for k in range(100)}
    pairs = lfw.LabelledPairs(list(itertools.pairwise(people)), [0] * 99, [0] * 99, {}, people)
    path = tmp_path / "groups.csv"
    path.write_text("".join(f"P{k},group {k // 2}\n" for k in range(100)))
    with pytest.raises(MlError, match="50 groups; 40 are possible"):
        groups_file.read(path, pairs)


def test_people_whose_folds_are_left_out_may_stand_in_the_file(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("A,x\nB,x\nE,x\n")
    assert groups_file.read(path, PAIRS.only([1])).keys() == {"A", "B", "E"}

    path.write_text("A,x\nB,x\nE,y\n")
    with pytest.raises(MlError, match="of the group y nobody"):
        groups_file.read(path, PAIRS.only([1]))


def test_pairs_that_name_no_people_have_no_groups(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("A,x\nB,x\n")
    unnamed = lfw.LabelledPairs(PAIRS.names, PAIRS.labels, PAIRS.folds)
    with pytest.raises(MlError, match="does not name the person"):
        groups_file.read(path, unnamed)
