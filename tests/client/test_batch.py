"""`faceverify batch` against a server with a real worker."""

import csv
import json
import zipfile

import pytest


@pytest.fixture
def pairs(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("probe,reference\nada-1.jpg,ada-2.jpg\nada-1.jpg,bob-1.jpg\n")
    return file


def test_a_folder_is_packed_and_every_pair_compared(faceverify, photos, pairs, tmp_path):
    out = tmp_path / "results.csv"

    ran = faceverify("batch", pairs, photos, "--out", out)

    assert ran.status == 0, ran.err
    counts = [line.split()[0] for line in ran.out.splitlines()]
    assert counts == ["1", "1", "0", "0"]
    rows = list(csv.DictReader(out.open()))
    assert [row["outcome"] for row in rows] == ["match", "no_match"]


def test_a_pair_that_cannot_be_compared_is_named_and_the_others_are_compared(
    faceverify, photos, tmp_path
):
    pairs = tmp_path / "pairs.json"
    pairs.write_text(json.dumps([
        {"probe": "ada-1.jpg", "reference": "sky.jpg"},
        {"probe": "ada-1.jpg", "reference": "gone.jpg"},
        {"probe": "ada-1.jpg", "reference": "ada-3.jpg"},
        {"probe": "../../etc/passwd", "reference": "ada-3.jpg"},
    ]))  # fmt: skip

    ran = faceverify("batch", pairs, photos, "--json")

    assert ran.status == 3
    assert [row["code"] for row in ran.json["results"]] == [
        "no_face_found", "photo_missing", "", "photo_missing",
    ]  # fmt: skip
    assert ran.json["batch"]["counts"]["match"] == 1


def test_a_zip_is_sent_as_it_is_and_asked_for_later(faceverify, photos, pairs, tmp_path):
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for photo in photos.iterdir():
            file.write(photo, photo.name)

    sent = faceverify("batch", pairs, archive, "--no-wait")
    out = tmp_path / "results.json"
    ran = faceverify("batch-results", sent.out.strip(), "--out", out)

    assert (sent.status, ran.status) == (0, 0)
    assert [row["outcome"] for row in json.loads(out.read_text())] == ["match", "no_match"]


@pytest.mark.parametrize("text", ["no columns", "[{", "left,right\na,b\n"])
def test_a_list_that_cannot_be_read_ends_with_4(faceverify, photos, tmp_path, text):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(text)

    ran = faceverify("batch", pairs, photos)

    assert (ran.status, ran.out) == (4, "")
    assert ran.err
