"""GET /api/v1/verifications/<id>/"""

from uuid import uuid4

import pytest

from tests.support.embedded import add, finished, known
from tests.support.faces import group, make_face
from tests.support.problems import assert_problem
from tests.support.rows import verification
from tests.support.submissions import submit_group, submit_pair
from verification.comparisons.erasing import photos_erase

pytestmark = pytest.mark.django_db


def url(id) -> str:
    return f"/api/v1/verifications/{id}/"


def test_owner_reads_a_verdict(api, user):
    row = verification(user, "done", faces={"probe": {"index": 0}, "reference": {"index": 0}})

    body = api.get(url(row.pk)).json()

    assert body["state"] == "done"
    assert body["outcome"] == "match"
    assert (body["similarity"], body["confidence"], body["threshold"]) == (0.91, 0.98, 0.62)
    assert body["band"] == {"low": 0.58, "high": 0.66}
    assert body["model"] == {"name": "resnet29", "version": "1", "sha256": "a" * 64}
    assert body["faces"]["probe"] == {"index": 0}
    assert body["timings"] == {"total": 14.0}
    assert body["refusal"] is None
    assert body["failure"] is None
    assert body["created_at"].endswith("Z")


def test_owner_reads_a_refusal(api, user):
    body = api.get(url(verification(user, "refused").pk)).json()

    assert (body["state"], body["outcome"], body["model"]) == ("refused", None, None)
    assert body["refusal"]["code"] == "several_faces"
    assert body["refusal"]["remedy"] == "Choose one of them."
    assert body["refusal"]["faces"] == [{"index": 0}, {"index": 1}]


def test_owner_reads_a_failure(api, user):
    body = api.get(url(verification(user, "failed").pk)).json()

    assert (body["state"], body["failure"]) == ("failed", {"code": "worker_lost"})


def test_nothing_of_the_inside_is_told(api, user):
    body = api.get(url(verification(user, "running").pk)).json()

    assert not {"claim_token", "submission_key", "probe_image", "owner"} & body.keys()


def test_a_strangers_verification_does_not_exist(stranger_api, user):
    assert_problem(stranger_api.get(url(verification(user).pk)), 404, "not_found")


def test_anonymous_is_told_to_authenticate(anonymous_api, user):
    assert_problem(anonymous_api.get(url(verification(user).pk)), 401, "not_authenticated")


def test_an_unknown_id_is_not_found(api):
    assert_problem(api.get(url(uuid4())), 404, "not_found")


def test_an_id_that_is_none_is_not_found(api):
    assert_problem(api.get(url("seven")), 404, "not_found")


def test_a_photo_compared_with_itself_is_said_to_prove_nothing(api, user):
    row = finished(submit_pair(owner=user, probe=make_face(0), reference=make_face(0)))

    assert api.get(url(row.pk)).json()["same_file"].startswith("Both photos are the same file")


def test_different_photos_need_no_such_word(api, user):
    row = finished(submit_pair(owner=user, probe=make_face(0), reference=make_face(0, 1)))

    assert api.get(url(row.pk)).json()["same_file"] is None


def test_a_group_photo_that_is_among_somebodys_photos_proves_nothing_of_them(api, owner, user):
    ada = known(user, 0, name="Ada")
    photo = group((0, 2), (1, 0))
    add(ada, photo, face_index=0)

    row = finished(submit_group(owner=user, probe=photo))

    assert row.named_faces[0]["name"] == "Ada"
    words = "This photo is among the photos of Ada, so this result proves nothing."
    assert api.get(url(row.pk)).json()["same_file"].startswith(words)
    assert words in owner.get(f"/verifications/{row.pk}/").content.decode()


def test_where_the_photos_are_erased_nobody_can_say(api, user):
    row = finished(submit_pair(owner=user, probe=make_face(0), reference=make_face(0)))
    photos_erase([row.pk], why="rule")

    assert api.get(url(row.pk)).json()["same_file"] is None
