"""CompreFace's interface: what is seen in photos."""

import base64

import pytest

from tests.compreface.conftest import client, code
from tests.support.faces import group, make_face, no_face, two_faces
from tests.support.things import plain_file
from verification.looks.models import Look
from verification.models import Person, Verification

pytestmark = pytest.mark.django_db

DETECT, VERIFY = "/api/v1/detection/detect", "/api/v1/verification/verify"
FACES, RECOGNIZE = "/api/v1/recognition/faces", "/api/v1/recognition/recognize"
DOUBLE_TAKE = "face_plugins=&det_prob_threshold=0.8&status=false"  # what it sends with every photo


def sent(photo: bytes) -> dict:
    return {"file": plain_file(photo)}


def pair(source: bytes, target: bytes) -> dict:
    return {"source_image": plain_file(source), "target_image": plain_file(target)}


def enrolled(compreface, *identities: int) -> list[str]:
    answers = [
        compreface.post(f"{FACES}?subject=Person {one}", sent(make_face(one))) for one in identities
    ]
    return [answer.json()["image_id"] for answer in answers]


@pytest.fixture(autouse=True)
def _nothing_is_kept():
    yield
    assert not Look.objects.exists()
    assert not Verification.objects.exists()


def test_every_face_is_detected_in_whole_pixels(compreface, here):
    answer = compreface.post(f"{DETECT}/?{DOUBLE_TAKE}", sent(group((0, 0), (1, 0), (2, 0))))

    assert answer.status_code == 200
    assert answer.json().keys() == {"result"}
    assert len(answer.json()["result"]) == 3
    for face in answer.json()["result"]:
        assert face.keys() == {"box"}
        assert face["box"].keys() == {"probability", "x_min", "y_min", "x_max", "y_max"}
        assert all(type(face["box"][name]) is int for name in ("x_min", "y_min", "x_max", "y_max"))
        assert 0 <= face["box"]["x_min"] < face["box"]["x_max"] <= 900
        assert 0.8 <= face["box"]["probability"] <= 1


def test_the_largest_faces_come_first_and_may_be_limited(compreface, here):
    photo = group((0, 0), (1, 0))

    (face,) = compreface.post(f"{DETECT}?&limit=1", sent(photo)).json()["result"]

    everyone = compreface.post(f"{DETECT}?limit=0", sent(photo)).json()["result"]
    assert face == everyone[0]


def test_plugins_tell_more_and_those_that_we_lack_nothing(compreface, here):
    plugins = "landmarks, pose, age,gender,mask"
    (face,) = compreface.post(f"{DETECT}?face_plugins={plugins}", sent(make_face(0))).json()[
        "result"
    ]

    assert face.keys() == {"box", "landmarks", "pose"}
    assert len(face["landmarks"]) == 5
    left, right = face["landmarks"][:2]
    assert face["box"]["x_min"] < left[0] < right[0] < face["box"]["x_max"]
    assert face["pose"].keys() == {"pitch", "roll", "yaw"}


def test_status_tells_times_and_versions(compreface, here):
    answer = compreface.post(f"{DETECT}?status=True", sent(make_face(0))).json()

    assert answer["plugins_versions"].keys() == {"detector", "calculator"}
    assert answer["result"][0]["execution_time"]["detector"] > 0


def test_numbers_need_their_scope(user, here):
    address = f"{DETECT}?face_plugins=calculator"
    refused = client(user).post(address, sent(make_face(0)))
    told = client(user, scopes=["verify", "embeddings"]).post(address, sent(make_face(0)))

    assert (refused.status_code, code(refused)) == (403, 0)
    assert sum(value**2 for value in told.json()["result"][0]["embedding"]) == pytest.approx(1)


@pytest.mark.parametrize("address", [DETECT, RECOGNIZE])
def test_a_photo_without_a_face(compreface, here, address):
    answer = compreface.post(f"{address}?{DOUBLE_TAKE}", sent(no_face()))

    assert (answer.status_code, code(answer)) == (400, 28)
    assert answer.json()["message"] == "No face is found in the given image"


def test_a_photo_comes_as_base64_too(compreface, here):
    body = {"file": base64.b64encode(make_face(0)).decode()}

    answer = compreface.post(DETECT, body, format="json")

    assert len(answer.json()["result"]) == 1


def test_two_photos_are_compared(compreface, here):
    answer = compreface.post(VERIFY, pair(make_face(1), group((0, 0), (1, 1)))).json()

    (result,) = answer["result"]
    same, other = result["face_matches"]
    assert result["source_image_face"].keys() == {"box"}
    assert same["box"]["x_min"] > other["box"]["x_min"]
    assert 0.99 < same["similarity"] <= 0.9999
    assert other["similarity"] < 0.5


def test_the_photo_that_is_compared_shows_one_face(compreface, here):
    several = compreface.post(VERIFY, pair(two_faces(), make_face(1)))
    nobody = compreface.post(VERIFY, pair(no_face(), make_face(1)))
    nobody_there = compreface.post(VERIFY, pair(make_face(1), no_face()))

    assert [code(answer) for answer in (several, nobody, nobody_there)] == [31, 28, 28]


def test_who_is_in_a_photo_is_found_at_once(compreface, here):
    enrolled(compreface, 0, 1)

    answer = compreface.post(f"{RECOGNIZE}?{DOUBLE_TAKE}", sent(group((1, 1), (0, 1), (2, 0))))

    by_place = sorted(answer.json()["result"], key=lambda face: face["box"]["x_min"])
    best = [face["subjects"][0] for face in by_place]
    assert [subject["subject"] for subject in best[:2]] == ["Person 1", "Person 0"]
    assert all(0.9 < subject["similarity"] <= 0.9999 for subject in best[:2])
    assert best[2]["similarity"] < 0.6


def test_as_many_subjects_are_told_as_are_asked_for_each_once(compreface, user, here):
    enrolled(compreface, 0, 1, 2)

    def told(count: int) -> list[str]:
        answer = compreface.post(f"{RECOGNIZE}?prediction_count={count}", sent(make_face(1, 1)))
        return [subject["subject"] for subject in answer.json()["result"][0]["subjects"]]

    assert told(1) == ["Person 1"]
    assert told(2)[0] == "Person 1"
    assert sorted(told(0)) == ["Person 0", "Person 1", "Person 2"]


def test_numbers_times_and_versions_of_a_search(user, here):
    program = client(user, scopes=["verify", "gallery:write", "embeddings"])
    enrolled(program, 0)

    query = "face_plugins=calculator&status=true"
    answer = program.post(f"{RECOGNIZE}?{query}", sent(make_face(0, 1))).json()

    (face,) = answer["result"]
    assert sum(value**2 for value in face["embedding"]) == pytest.approx(1)
    assert face["execution_time"].keys() == {"detector", "calculator"}
    assert answer["plugins_versions"].keys() == {"detector", "calculator"}


def test_nobody_is_found_in_an_empty_collection(compreface, here):
    (face,) = compreface.post(RECOGNIZE, sent(make_face(0))).json()["result"]

    assert face["subjects"] == []


def test_a_photo_of_the_collection_is_compared_with_another(compreface, here):
    (image,) = enrolled(compreface, 1)

    answer = compreface.post(f"{FACES}/{image}/verify", sent(group((0, 0), (1, 1)))).json()

    same, other = answer["result"]
    assert same.keys() == {"box", "similarity"}
    assert same["similarity"] > 0.99 > 0.5 > other["similarity"]


@pytest.mark.parametrize("address", [DETECT, f"{FACES}?subject=Ada"])
def test_without_a_worker_one_is_told_to_come_again(compreface, address):
    answer = compreface.post(address, sent(make_face(0)))

    assert (answer.status_code, code(answer)) == (503, 0)
    assert answer["Retry-After"] == "10"
    assert not Person.objects.exists()


def test_a_request_that_ends_too_soon(compreface):
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nabc'
    cut = compreface.generic("POST", DETECT, body, content_type="multipart/form-data; boundary=x")
    broken = compreface.generic("POST", DETECT, b'{"file": "AA', content_type="application/json")

    assert [answer.status_code for answer in (cut, broken)] == [400, 400]
    assert code(broken) == 0
    assert code(cut) in (0, 21, 34)
