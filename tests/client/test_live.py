"""`faceverify live` with a film instead of a camera, against the process that follows cameras."""

import sys

import pytest
from faceverify_client.camera import NoCamera, frames

from tests.support.cameras import add_person, nobody, person, write_film


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Of people before a camera, for longer than a session lasts; and of nobody, for a moment. By name."""
    folder = tmp_path_factory.mktemp("films")
    parts = {"ada": [person(1)] * 12, "bob": [person(2)] * 12, "nobody": [nobody(1)]}
    return {name: write_film(folder / f"{name}.mjpeg", *films) for name, films in parts.items()}


@pytest.fixture
def ada(worker, key):
    """The id of somebody in the gallery, on a site that follows cameras."""
    if worker.live is None:
        worker.start_live()
    return add_person(worker, key, "Ada before the camera", 1)


def test_the_exit_status_says_whether_it_is_the_person(faceverify, films, ada):
    ran = faceverify("live", films["ada"], "--person", ada)

    assert (ran.status, ran.err) == (0, "")
    assert "Same person. Confidence: " in ran.out
    assert faceverify("live", films["bob"], "--photo", "ada-1.jpg").status == 1


def test_the_person_on_a_photo_is_looked_for(faceverify, films, ada):
    found = faceverify("live", films["bob"], "--photo", "bob-1.jpg", "--json")

    assert (found.status, found.json["outcome"], found.json["task"]) == (0, "match", "verify")
    shown = faceverify("live", films["bob"], "--photo", "bob-2.jpg")
    assert shown.status == 0
    assert "Same person. Confidence: " in shown.out


@pytest.mark.parametrize(
    ("photo", "words"),
    [("sky.jpg", "no face"), ("two.jpg", "2 faces"), ("notes.jpg", "not a photo")],
)
def test_a_photo_that_shows_nobody_to_look_for_is_told(faceverify, films, ada, photo, words):
    ran = faceverify("live", films["bob"], "--photo", photo)

    assert ran.status in (3, 4)
    assert words in ran.err.lower()
    assert "same person" not in ran.out.lower()


def test_a_film_that_is_over_before_there_is_a_verdict_settles_nothing(faceverify, films, ada):
    ran = faceverify("live", films["nobody"], "--person", ada)

    assert ran.status == 2
    assert "over before there was a verdict" in ran.err


def test_json_is_the_answer_of_the_api(faceverify, films, ada):
    told = faceverify("live", films["ada"], "--person", ada, "--json").json

    assert (told["state"], told["outcome"], told["task"]) == ("done", "match", "verify")
    assert told["challenge"] is None
    assert told["verification"]


def test_a_file_that_is_no_film_is_told(faceverify):
    ran = faceverify("live", "notes.jpg")

    assert ran.status == 4
    assert "has no picture" in ran.err


def test_without_opencv_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)

    with pytest.raises(NoCamera, match="pip install"):
        next(frames(0))
