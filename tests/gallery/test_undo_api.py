"""/api/v1/changes/, and POST /api/v1/people/{id}/split/"""

import pytest
from django.utils import timezone

from tests.support.photos import photo
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Anchor, Change, Person

URL = "/api/v1/changes/"
PEOPLE = "/api/v1/people/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    person = services.person_create(owner=user, name="Ada", note="Tall")
    for seed in (1, 2):
        services.anchor_add(person=person, data=photo(seed))
    return person


def undo(api, change: dict):
    return api.post(f"{URL}{change['id']}/undo/")


def test_owner_undoes_a_deletion_once(api, ada):
    change = api.delete(f"{PEOPLE}{ada.pk}/").json()
    assert api.get(f"{PEOPLE}{ada.pk}/").status_code == 404
    assert [row["id"] for row in api.get(URL).json()["results"]] == [change["id"]]
    assert change["summary"] == "Ada deleted, with 2 photos."
    assert change["undoable_until"] > change["created_at"]

    answer = undo(api, change)

    assert answer.status_code == 200, answer.content
    assert api.get(f"{PEOPLE}{ada.pk}/").json()["anchor_count"] == 2
    assert api.get(f"{URL}{change['id']}/").json()["undone_at"]
    assert api.get(URL).json()["results"] == []
    assert "undone already" in assert_problem(undo(api, change), 409, "conflict")["detail"]


def test_each_answer_carries_its_change(api, user, ada):
    bea = services.person_create(owner=user, name="Bea")
    first, second = ada.anchors.all()

    moved = api.patch(f"/api/v1/anchors/{first.pk}/", {"person": str(bea.pk)}, format="json")
    removed = api.delete(f"/api/v1/anchors/{second.pk}/")
    merged = api.post(f"{PEOPLE}{ada.pk}/merge/", {"other": str(bea.pk)}, format="json")

    changes = [merged.json()["change"], removed.json(), moved.json()["change"]]
    assert [row["kind"] for row in changes] == ["people_merged", "anchor_deleted", "anchor_moved"]
    assert [undo(api, row).status_code for row in changes] == [200, 200, 200]
    assert list(ada.anchors.all()) == [first, second]
    assert Person.objects.get(pk=bea.pk).anchors.count() == 0


def test_owner_splits_a_person_and_undoes_it(api, ada):
    first, second = ada.anchors.all()
    url = f"{PEOPLE}{ada.pk}/split/"

    answer = api.post(url, {"anchors": [str(second.pk)], "name": " Bea "}, format="json")

    assert answer.status_code == 201, answer.content
    assert (answer.json()["name"], answer.json()["anchor_count"]) == ("Bea", 1)
    assert list(ada.anchors.all()) == [first]
    assert undo(api, answer.json()["change"]).status_code == 200
    assert Person.objects.get().anchors.count() == 2


@pytest.mark.parametrize(
    ("take", "name", "field"), [(0, "Bea", "anchors"), (2, "Bea", "anchors"), (1, " ", "name")]
)
def test_a_split_that_makes_no_sense_changes_nothing(api, ada, take, name, field):
    anchors = [str(anchor.pk) for anchor in ada.anchors.all()[:take]]

    answer = api.post(f"{PEOPLE}{ada.pk}/split/", {"anchors": anchors, "name": name}, format="json")

    assert list(assert_problem(answer, 400, "invalid")["errors"]) == [field]
    assert Person.objects.get().anchors.count() == 2
    assert not Change.objects.exists()


def test_a_split_of_a_photo_that_moved_changes_nothing(api, user, ada):
    bea = services.person_create(owner=user, name="Bea")
    anchor = services.anchor_move(anchor=ada.anchors.first(), person=bea)

    answer = api.post(
        f"{PEOPLE}{ada.pk}/split/", {"anchors": [str(anchor.pk)], "name": "Cy"}, format="json"
    )

    assert_problem(answer, 409, "conflict")
    assert Person.objects.count() == 2


def test_when_the_time_is_over_nothing_is_undone(api, ada, settings):
    change = api.delete(f"{PEOPLE}{ada.pk}/").json()
    settings.FACEVERIFY_UNDO_MINUTES = 0

    assert "time for it is over" in assert_problem(undo(api, change), 409, "conflict")["detail"]
    assert not Person.objects.exists()


def test_owner_erases_at_once(api, ada, django_capture_on_commit_callbacks, settings):
    first, second = ada.anchors.all()
    folders = [settings.MEDIA_ROOT / anchor.folder for anchor in (first, second)]
    assert all(folder.exists() for folder in folders)

    with django_capture_on_commit_callbacks(execute=True):
        now = api.delete(f"/api/v1/anchors/{first.pk}/?erase=true")
        later = api.delete(f"{PEOPLE}{ada.pk}/").json()
        assert folders[1].exists()
        after = api.delete(f"{URL}{later['id']}/")

    assert (now.status_code, after.status_code) == (204, 204)
    assert not any(folder.exists() for folder in folders)
    assert not Person.all_objects.exists() and not Anchor.all_objects.exists()
    assert_problem(undo(api, later), 404, "not_found")
    bad = api.delete(f"{PEOPLE}{ada.pk}/?erase=perhaps")
    assert bad.status_code in (400, 404)


def test_a_stranger_and_the_unknown_undo_nothing(stranger_api, anonymous_api, api, ada):
    change = api.delete(f"{PEOPLE}{ada.pk}/").json()
    url = f"{URL}{change['id']}/"

    for answer in (stranger_api.get(url), undo(stranger_api, change), stranger_api.delete(url)):
        assert_problem(answer, 404, "not_found")
    assert stranger_api.get(URL).json()["results"] == []
    for answer in (anonymous_api.get(url), undo(anonymous_api, change), anonymous_api.delete(url)):
        assert_problem(answer, 401, "not_authenticated")
    assert not Person.objects.exists()
    assert Change.objects.get().undone_at is None


def test_a_stranger_cannot_split(stranger_api, ada):
    anchor = ada.anchors.first()

    answer = stranger_api.post(
        f"{PEOPLE}{ada.pk}/split/", {"anchors": [str(anchor.pk)], "name": "Mine"}, format="json"
    )

    assert_problem(answer, 404, "not_found")
    assert Person.objects.count() == 1


def test_a_page_of_changes_takes_one_query_more_however_many(api, user, django_assert_num_queries):
    Change.objects.bulk_create(
        Change(owner=user, kind="anchor_moved", summary="Moved.", created_at=timezone.now())
        for _ in range(30)
    )
    api.get(URL)  # the key's last use is written once a minute

    with django_assert_num_queries(2):
        assert len(api.get(URL).json()["results"]) == 20
