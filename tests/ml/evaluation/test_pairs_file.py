"""Pairs files of both formats, and who belongs together in them."""

import pytest

from ml.errors import MlError
from ml.evaluation.datasets import pairs_file

HEADER = "probe,reference,same\n"
ENOUGH = "a.jpg,b.jpg,1\nc.jpg,d.jpg,yes\na.jpg,c.jpg,0\nb.jpg,d.jpg,FALSE\n"


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "pairs.csv"
        path.write_text(text)
        return path

    return written


def test_csv_paths_are_relative_to_the_file(write, tmp_path):
    pairs = pairs_file.read(write(HEADER + ENOUGH))
    assert pairs.names[0] == ("a.jpg", "b.jpg")
    assert pairs.labels == [1, 1, 0, 0]
    assert pairs.paths["d.jpg"] == tmp_path / "d.jpg"
    assert pairs.people == {}
    assert (
        pairs_file.read(tmp_path / "pairs.csv", "/elsewhere").paths["a.jpg"].parts[1] == "elsewhere"
    )


def test_csv_may_name_people_and_have_other_columns(write):
    text = "same,probe,reference,probe_person,reference_person,note\n"
    text += (
        "1,a.jpg,b.jpg,Ada,Ada,x\n1,c.jpg,d.jpg,,,\n0,a.jpg,c.jpg,Ada,Bo,\n0,b.jpg,d.jpg,Ada,,\n"
    )
    assert pairs_file.read(write(text)).people == {"a.jpg": "Ada", "b.jpg": "Ada", "c.jpg": "Bo"}


def test_both_kinds_are_dealt_evenly_into_folds(write):
    lines = [f"{k}.jpg,{k}b.jpg,{k % 2}\n" for k in range(40)]
    pairs = pairs_file.read(write(HEADER + "".join(lines)))
    kinds = sorted(zip(pairs.folds, pairs.labels, strict=True))
    assert kinds == sorted(
        (fold, label) for fold in range(10) for label in (0, 1) for _ in range(2)
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEADER + ENOUGH + "a.jpg,b.jpg,maybe\n", "pairs_malformed"),
        (HEADER + ENOUGH + "a.jpg\n", "pairs_malformed"),
        (HEADER, "pairs_empty"),
        (HEADER + "a.jpg,b.jpg,1\nc.jpg,d.jpg,1\n", "pairs_too_few"),
    ],
)
def test_what_is_wrong_is_named(write, text, code):
    with pytest.raises(MlError) as caught:
        pairs_file.read(write(text))
    assert caught.value.code == code


def test_the_line_of_a_malformed_pair_is_named(write):
    with pytest.raises(MlError, match="line 3"):
        pairs_file.read(write(HEADER + "a.jpg,b.jpg,1\nc.jpg,,0\n"))


def test_lfw_format_needs_the_folder_of_images(pairs):
    with pytest.raises(MlError, match="names no folder"):
        pairs_file.read(pairs)
    found = pairs_file.read(pairs, "/photos")
    assert str(found.paths["Person_0_0001"]) == "/photos/Person_0/Person_0_0001.jpg"
    assert found.people["Person_0_0001"] == "Person_0"


def test_one_fold_of_lfws_format_is_dealt_into_several(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("2\nA\t1\t2\nB\t1\t2\nA\t1\tB\t1\nA\t2\tB\t2\n")
    assert pairs_file.read(path, tmp_path).folds == [0, 1, 0, 1]


def test_images_of_one_person_hang_together_through_pairs_and_names(write):
    text = "probe,reference,same,probe_person,reference_person\n"
    text += "a,b,1,,\nb,c,1,,\nd,e,1,Eve,\nf,a,0,Eve,\ng,a,0,,\n"
    group = pairs_file.groups(pairs_file.read(write(text)))
    assert group["a"] == group["b"] == group["c"]
    assert group["d"] == group["e"] == group["f"]
    assert len({group["a"], group["d"], group["g"]}) == 3


def test_chosen_folds_alone(pairs):
    second = pairs_file.read(pairs, "/photos").only((2,))
    assert second.names[0] == ("Person_2_0001", "Person_2_0002")
    assert len(second.names) == 4
    with pytest.raises(MlError, match="fold 9"):
        second.only((9,))
