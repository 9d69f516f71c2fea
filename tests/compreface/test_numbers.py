"""CompreFace's interface: faces as numbers."""

import pytest

from tests.compreface.conftest import client, code
from tests.compreface.test_looking import DETECT, enrolled, sent
from tests.support.faces import make_face

pytestmark = pytest.mark.django_db

RECOGNIZE = "/api/v1/recognition/embeddings/recognize"
FACE = "/api/v1/recognition/embeddings/faces/{}/verify"
VERIFY = "/api/v1/verification/embeddings/verify"


@pytest.fixture
def program(user, here):
    return client(user, scopes=["verify", "gallery:read", "gallery:write", "embeddings"])


def numbers(program, identity: int, variation: int = 0) -> list[float]:
    answer = program.post(f"{DETECT}?face_plugins=calculator", sent(make_face(identity, variation)))
    return answer.json()["result"][0]["embedding"]


def test_who_has_a_face(program):
    enrolled(program, 0, 1)
    known, strange = numbers(program, 1, 1), numbers(program, 2)

    body = {"embeddings": [known, strange]}
    first, second = program.post(RECOGNIZE, body, format="json").json()["result"]

    assert first["embedding"] == known
    assert first["similarities"][0]["subject"] == "Person 1"
    assert first["similarities"][0]["similarity"] > 0.9 > second["similarities"][0]["similarity"]


def test_a_photo_of_the_collection_against_faces(program):
    (image,) = enrolled(program, 1)
    targets = [numbers(program, 1, 1), numbers(program, 2)]

    body = {"embeddings": targets}
    same, other = program.post(FACE.format(image), body, format="json").json()["result"]

    assert same["similarity"] > 0.99 > 0.5 > other["similarity"]


def test_a_face_against_faces(program):
    targets = [numbers(program, 1, 1), numbers(program, 2)]

    body = {"source": numbers(program, 1), "targets": targets}
    same, other = program.post(VERIFY, body, format="json").json()["result"]

    assert same["embedding"] == targets[0]
    assert same["similarity"] > 0.99 > 0.5 > other["similarity"]


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ({"source": [0.1, 0.2], "targets": [[0.1, 0.2]]}, 36),
        ({"source": "none", "targets": [[0.1]]}, 36),
        ({"source": [0.1], "targets": []}, 36),
        ({"source": [True], "targets": [[0.1]]}, 36),
        ({"targets": [[0.1]]}, 33),
    ],
)
def test_numbers_that_are_none_of_this_model(program, body, number):
    answer = program.post(VERIFY, body, format="json")

    assert (answer.status_code, code(answer)) == (400, number)


def test_without_their_scope_numbers_are_not_taken(user, here):
    answer = client(user).post(VERIFY, {"source": [1.0], "targets": [[1.0]]}, format="json")

    assert (answer.status_code, code(answer)) == (403, 0)
