"""Which face of a photo is meant: size decides, not the place."""

from types import SimpleNamespace

import numpy as np
import pytest

from ml.errors import ImageRefused
from ml.faces.choice import choose

FRAME = (1000, 800)


def face(side: float, x: float, y: float, score: float = 0.99):
    """A square face about a middle."""
    half = side / 2
    landmarks = np.array([[x - half / 3, y], [x + half / 3, y], [x, y], [x, y], [x, y]])
    box = np.array([x - half, y - half, x + half, y + half])
    return SimpleNamespace(box=box, landmarks=landmarks, score=score)


def code_of(faces, index=None) -> str:
    with pytest.raises(ImageRefused) as caught:
        choose(faces, FRAME, index)
    assert caught.value.remedy
    return caught.value.code


def test_without_a_face_there_is_nothing_to_choose():
    assert code_of([]) == "no_face_found"


def test_a_small_face_in_the_middle_does_not_outweigh_a_large_one_beside_it():
    poster, person = face(120, 500, 400), face(240, 160, 420)

    assert choose([person, poster], FRAME, None) == 0
    assert choose([poster, person], FRAME, None) == 1


@pytest.mark.parametrize("larger", [1.0, 1.1, 1.25])
@pytest.mark.parametrize("place", [(260, 400), (740, 400), (500, 200)])
def test_a_face_in_the_middle_and_one_of_about_its_size_are_refused(larger, place):
    assert code_of([face(150 * larger, *place), face(150, 500, 500)]) == "several_faces"


def test_the_words_say_why_and_what_else_counts_as_a_face():
    with pytest.raises(ImageRefused) as caught:
        choose([face(200, 300, 400), face(190, 700, 400), face(60, 100, 100)], FRAME, None)

    assert "3 faces" in caught.value.detail
    assert "not clearly larger" in caught.value.detail
    assert "posters" in caught.value.detail


def test_of_a_photo_framed_on_one_face_those_at_its_edge_are_bystanders():
    meant, cut = face(300, 520, 400), face(300, 60, 300)

    assert choose([meant, cut], FRAME, None) == 0


def test_a_chin_at_the_edge_is_no_face_to_choose():
    chin = face(300, 700, 10)  # the detector puts the eyes of a chin at the edge

    assert choose([chin, face(200, 300, 400)], FRAME, None) == 1
    assert choose([chin], FRAME, None) == 0  # alone it is refused with what is wrong with it


def test_a_much_larger_face_at_the_edge_is_no_bystander():
    assert choose([face(150, 500, 400), face(420, 200, 400)], FRAME, None) == 1
    assert code_of([face(150, 500, 400), face(190, 80, 400)]) == "several_faces"


def test_what_is_hardly_a_face_does_not_stand_in_the_way():
    assert choose([face(200, 300, 400), face(200, 700, 400, score=0.85)], FRAME, None) == 0


def test_a_face_that_was_asked_for_is_taken_and_one_that_is_not_there_refused():
    faces = [face(200, 300, 400), face(190, 700, 400)]

    assert choose(faces, FRAME, 1) == 1
    assert code_of(faces, 2) == "face_index_invalid"
    assert code_of(faces, -1) == "face_index_invalid"
