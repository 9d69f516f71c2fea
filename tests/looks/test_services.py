"""Photos that a worker looks at, of which nothing stays"""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tests.support.embedded import known
from tests.support.faces import group, make_face, no_face, two_faces
from tests.support.looked import worker_here
from verification.engine import ImageRefused
from verification.gallery.galleries import create_gallery
from verification.looks.models import Look
from verification.looks.services import Busy, look
from verification.worker import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    with worker_here():
        yield


def files() -> list[str]:
    root = settings.MEDIA_ROOT / "looks"
    return [path.name for path in root.rglob("*") if path.is_file()]


@pytest.fixture
def nothing_left():
    yield
    assert not Look.objects.exists()
    assert files() == []


def test_every_face_is_told_the_largest_first_with_what_was_measured(user, here, nothing_left):
    said = look(user, "faces", [group((0, 0), (1, 0), (2, 0))])

    assert said["image"] == {"width": 900, "height": 300}
    assert [face["problem"] for face in said["faces"]] == [None, None, None]
    areas = [
        face["bounding_box"]["width"] * face["bounding_box"]["height"] for face in said["faces"]
    ]
    assert areas == sorted(areas, reverse=True)
    assert {"yaw", "pitch", "roll", "brightness"} <= said["faces"][0]["quality"].keys()
    assert len(said["faces"][0]["landmarks"]) == 5
    assert "embedding" not in said["faces"][0]
    assert said["model"].keys() == {"name", "version", "sha256"}


def test_a_photo_without_a_face_has_none(user, here, nothing_left):
    assert look(user, "faces", [no_face()])["faces"] == []


def test_numbers_are_told_when_asked_for_and_are_of_unit_length(user, here, nothing_left):
    (face,) = look(user, "faces", [make_face(0)], {"embedding": True})["faces"]

    assert sum(value**2 for value in face["embedding"]) == pytest.approx(1, abs=1e-4)


def test_one_face_is_compared_with_all_of_another_photo(user, here, nothing_left):
    said = look(user, "pair", [make_face(1, 1), group((0, 0), (1, 0), (2, 0))])

    by_place = sorted(said["reference"]["faces"], key=lambda face: face["bounding_box"]["left"])
    assert [face["outcome"] for face in by_place] == ["no_match", "match", "no_match"]
    assert by_place[1]["probability"] > 0.99
    assert said["probe"]["face"]["index"] == 0


def test_of_several_faces_the_largest_is_taken_where_that_is_asked_for(user, here, nothing_left):
    with pytest.raises(ImageRefused) as refused:
        look(user, "pair", [two_faces(), make_face(1)])
    said = look(user, "pair", [two_faces(), make_face(1)], {"largest": True})

    assert (refused.value.code, refused.value.which) == ("several_faces", "probe")
    assert len(refused.value.faces) == 2
    assert said["probe"]["face"] == said["probe"]["faces"][0]


def test_a_verdict_is_the_one_that_a_stored_comparison_gives(user, here, nothing_left):
    said = look(user, "verify", [make_face(1), make_face(1, 1)])

    assert (said["outcome"], said["false_match_rate"]) == ("match", 1e-3)
    assert said["faces"].keys() == {"probe", "reference"}


def test_a_person_is_verified_and_found(user, here, nothing_left):
    ada, bob = known(user, 1, name="Ada"), known(user, 2, name="Bob")

    verdict = look(user, "verify", [make_face(1, 7)], {"person": str(ada.pk)})
    found = look(user, "search", [make_face(1, 7)])

    assert verdict["outcome"] == "match"
    assert len(verdict["anchor_scores"]) == 2
    assert found["searched"] == 2
    first, second = found["probes"][0]["matches"]
    assert (first["id"], first["outcome"]) == (str(ada.pk), "match")
    assert (second["id"], second["outcome"]) == (str(bob.pk), "no_match")


def test_numbers_are_searched_for_as_the_face_they_were_made_of(user, here, nothing_left):
    ada = known(user, 1, name="Ada")
    (face,) = look(user, "faces", [make_face(1, 7)], {"embedding": True})["faces"]

    by_photo = look(user, "search", [make_face(1, 7)], {"threshold": 0.5})
    by_numbers = look(user, "search", [], {"embedding": face["embedding"], "threshold": 0.5})

    assert by_numbers["probes"][0]["matches"] == by_photo["probes"][0]["matches"]
    assert by_numbers["probes"][0]["matches"][0]["id"] == str(ada.pk)


def test_anchors_are_found_one_by_one_in_the_gallery_that_is_named(user, here, nothing_left):
    ada = known(user, 1, name="Ada")
    other = create_gallery(owner=user, name="Staff")
    asked = {"by": "anchors", "faces": "all", "threshold": 0.9}
    photo = group((1, 7), (2, 0))

    found = look(user, "search", [photo], asked)
    elsewhere = look(user, "search", [photo], asked | {"gallery_id": str(other.pk)})

    assert found["searched"] == 2
    matches = {len(probe["matches"]): probe["matches"] for probe in found["probes"]}
    assert matches[0] == []
    assert {match["person_id"] for match in matches[2]} == {str(ada.pk)}
    assert {match["id"] for match in matches[2]} == {str(row.pk) for row in ada.anchors.all()}
    assert elsewhere["searched"] == 0
    assert [probe["matches"] for probe in elsewhere["probes"]] == [[], []]


def test_an_empty_gallery_cannot_be_searched(user, here, nothing_left):
    with pytest.raises(ImageRefused) as refused:
        look(user, "search", [make_face(1)])
    allowed = look(user, "search", [make_face(1)], {"allow_empty": True})

    assert refused.value.code == "gallery_empty"
    assert [probe["matches"] for probe in allowed["probes"]] == [[]]


def test_a_file_that_is_no_photo_is_refused_before_any_worker(user, nothing_left):
    with pytest.raises(ImageRefused) as refused:
        look(user, "pair", [make_face(1), b"no photo"])

    assert refused.value.which == "reference"


def test_without_a_worker_or_in_time_it_is_said_when_to_come_back(user, nothing_left):
    with pytest.raises(Busy) as without:
        look(user, "faces", [make_face(1)])
    with worker_here(runs=0), pytest.raises(Busy) as late:
        look(user, "faces", [make_face(1)])

    assert (without.value.retry_after, late.value.retry_after) == (10, 1)


def test_no_more_wait_than_may(user, here, monkeypatch):
    monkeypatch.setattr("verification.looks.services._places", threading.BoundedSemaphore(1))
    monkeypatch.setattr("verification.looks.services.engine.sanitize", lambda _data: nested())

    def nested() -> bytes:
        look(user, "faces", [make_face(1)])
        raise AssertionError("It was let in.")

    with pytest.raises(Busy):
        look(user, "faces", [make_face(1)])


def test_what_a_dead_process_left_is_deleted_after_a_while(user):
    left = Look.objects.create(owner=user, task="faces")
    Look.objects.create(owner=user, task="faces")
    Look.objects.filter(pk=left.pk).update(created_at=timezone.now() - timedelta(minutes=2))

    tasks.erase_expired()
    assert not Look.objects.filter(pk=left.pk).exists()
