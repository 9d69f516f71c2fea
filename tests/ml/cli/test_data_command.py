"""python -m ml data: lfw, capture, check, augment."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from ml.__main__ import main
from tests.support import faces


@pytest.fixture
def people(tmp_path):
    for person in range(2):
        folder = tmp_path / "people" / f"P{person}"
        folder.mkdir(parents=True)
        for number in range(2):
            (folder / f"P{person}_{number + 1:04d}.jpg").write_bytes(
                faces.make_face(person, number, size=64)
            )
    return tmp_path / "people"


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for shade in range(20):
        writer.write(np.full((48, 64, 3), shade * 10, np.uint8))
    writer.release()
    return path


def test_a_folder_of_lfw_that_is_there_is_counted(people, capsys):
    assert main(["data", "lfw", "--out", str(people)]) == 0
    out = capsys.readouterr().out
    assert "4 photos of 2 people" in out
    assert "not the whole of LFW" in out


def test_lfw_is_fetched_to_where_training_looks_for_it(people, tmp_path, monkeypatch, capsys):
    def fetch(*, data_home, **options):
        shutil.copytree(people, data_home / "lfw_home" / "lfw")

    monkeypatch.setattr("sklearn.datasets.fetch_lfw_people", fetch)
    monkeypatch.chdir(tmp_path)

    assert main(["data", "lfw"]) == 0

    assert "data/lfw: 4 photos of 2 people" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["lfw"]


def test_check_lists_what_cannot_be_used(people, capsys):
    (people / "P1" / "broken.png").write_bytes(b"")
    assert main(["data", "check", str(people)]) == 0
    out = capsys.readouterr().out
    assert "4 photos of 2 people, 2 of them with two or more" in out
    assert "broken.png: image_empty" in out


def test_check_of_an_empty_folder_is_an_error(tmp_path, capsys):
    assert main(["data", "check", str(tmp_path)]) == 1
    assert "no photos" in capsys.readouterr().err


def test_capture_takes_every_fifth_frame_and_replaces_nothing(video, tmp_path):
    words = ["data", "capture", "--source", str(video), "--out", str(tmp_path / "data")]
    assert main([*words, "--count", "10"]) == 0
    taken = sorted((tmp_path / "data" / "anchor").glob("*.jpg"))
    assert len(taken) == 4
    assert [round(float(np.asarray(Image.open(path)).mean()), -1) for path in taken] == [
        0,
        50,
        100,
        150,
    ]
    assert main([*words, "--count", "2"]) == 0
    assert len(list((tmp_path / "data" / "anchor").glob("*.jpg"))) == 6


def test_capture_from_nothing_is_an_error(tmp_path, capsys):
    words = ["data", "capture", "--source", str(tmp_path / "none.avi"), "--out", str(tmp_path)]
    assert main(words) == 1
    assert "cannot be opened" in capsys.readouterr().err


def test_augmentations_are_drawn_on_a_sheet(people, tmp_path):
    photo = next(people.rglob("*.jpg"))
    assert main(["data", "augment", str(photo), "--out", str(tmp_path / "sheet.png")]) == 0
    assert Image.open(tmp_path / "sheet.png").size[1] > 500
