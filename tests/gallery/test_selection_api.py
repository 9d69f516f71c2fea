"""POST /api/v1/people/selection/, and the export of some people."""

from uuid import uuid4

import pytest

from accounts.audit.actions import Action
from accounts.models import AuditEntry
from tests.support.people import anchor, person
from tests.support.problems import assert_problem
from tests.support.teams import member, shared
from verification.gallery.galleries import create_gallery
from verification.models import GalleryExport, Person

URL = "/api/v1/people/selection/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(user) -> list[Person]:
    return [person(user, name) for name in ("Ada", "Bea", "Cy")]


def send(api, action: str, people=(), **more):
    ids = {"people": [str(row.pk) for row in people]} if people else {}
    return api.post(URL, {"action": action, **ids, **more}, format="json")


def tagged() -> set[str]:
    return {row.name for row in Person.objects.all() if "family" in row.tags}


def test_several_people_get_a_tag_and_lose_it(api, crowd):
    assert send(api, "tag", crowd[:2], tag="family").json() == {
        "people": 2, "changes": [], "full": [], "bulk_change": None
    }  # fmt: skip
    assert tagged() == {"Ada", "Bea"}

    assert send(api, "untag", crowd, tag="family").json()["people"] == 2
    assert tagged() == set()


def test_those_who_have_as_many_tags_as_there_can_be_are_named(api, user):
    full = person(user, "Dora", tags=[f"tag {n}" for n in range(20)])

    answer = send(api, "tag", [full], tag="family").json()

    assert (answer["people"], answer["full"]) == (0, ["Dora"])


def test_everyone_is_whom_the_words_find(api, crowd):
    send(api, "tag", everyone={"q": "a"}, tag="family")
    assert tagged() == {"Ada", "Bea"}

    answer = send(api, "delete", everyone={"tag": "family"})

    assert answer.json()["people"] == 2
    assert [row.name for row in Person.objects.all()] == ["Cy"]


def test_each_deletion_can_be_undone_by_itself(api, crowd):
    changes = send(api, "delete", crowd).json()["changes"]
    assert Person.objects.count() == 0

    api.post(f"/api/v1/changes/{changes[1]['id']}/undo/")

    assert [row.name for row in Person.objects.all()] == ["Bea"]


def test_more_people_are_deleted_and_brought_back_by_one_change_for_each_gallery(api, user):
    team = create_gallery(owner=user, name="Team")
    for number in range(7):
        person(user, f"Guest {number}", gallery=team if number % 2 else None)

    done = send(api, "delete", everyone={}).json()
    assert (done["people"], len(done["changes"])) == (7, 2)
    assert AuditEntry.objects.filter(object_kind="person", action=Action.DELETED).count() == 7

    for change in done["changes"]:
        api.post(f"/api/v1/changes/{change['id']}/undo/")
    assert Person.objects.count() == 7


def test_several_people_become_one(api, crowd):
    for row in crowd:
        anchor(row)

    answer = send(api, "merge", crowd, into=str(crowd[0].pk)).json()

    assert (answer["people"], len(answer["changes"])) == (2, 2)
    assert [row.name for row in Person.objects.all()] == ["Ada"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"action": "tag", "tag": "family"}, "people"),
        ({"action": "tag", "tag": "family", "everyone": {}, "people": [str(uuid4())]}, "people"),
        ({"action": "tag", "everyone": {}}, "tag"),
        ({"action": "merge", "everyone": {}}, "into"),
        ({"action": "praise", "everyone": {}}, "action"),
        ({"action": "tag", "tag": "family", "people": [str(uuid4())]}, "people"),
    ],
)
def test_what_cannot_be_done_is_refused_by_field_and_changes_nothing(api, crowd, sent, field):
    answer = api.post(URL, sent, format="json")

    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]
    assert tagged() == set()
    assert Person.objects.count() == 3


def test_a_strangers_person_among_them_stops_all(api, crowd, stranger):
    theirs = person(stranger, "Theirs")

    answer = send(api, "delete", [*crowd, theirs])

    assert answer.status_code == 400
    assert Person.objects.count() == 4


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("reviewer", 403), ("editor", 200)])
@pytest.mark.parametrize("action", ["tag", "delete", "merge"])
def test_in_a_shared_gallery_it_takes_an_editor(user, stranger, stranger_api, role, status, action):
    team = shared(user)
    member(team, stranger, role)
    ada, bea = (person(user, name, gallery=team) for name in ("Ada", "Bea"))
    more = {"tag": {"tag": "family"}, "delete": {}, "merge": {"into": str(ada.pk)}}[action]

    answer = send(stranger_api, action, [ada, bea], **more)

    assert answer.status_code == status, answer.content
    untouched = tagged() == set() and Person.objects.count() == 2
    assert untouched == (status == 403)


def test_more_than_can_be_merged_at_once_are_refused(api, user):
    people = [person(user, f"Person {n}") for n in range(21)]

    answer = send(api, "merge", everyone={}, into=str(people[0].pk))

    assert_problem(answer, 409, "conflict")
    assert Person.objects.count() == 21


def test_some_people_are_exported(api, crowd):
    for row in crowd:
        anchor(row)

    api.post("/api/v1/exports/", {"people": [str(crowd[1].pk)]}, format="json")

    assert GalleryExport.objects.get().people == [str(crowd[1].pk)]


def test_somebody_of_another_gallery_is_not_exported_with_this_one(api, user, crowd):
    elsewhere = person(user, "Dora", gallery=shared(user))

    answer = api.post("/api/v1/exports/", {"people": [str(elsewhere.pk)]}, format="json")

    assert answer.status_code == 400
    assert not GalleryExport.objects.exists()


def test_an_export_of_somebody_who_is_not_there_is_refused(api, crowd):
    answer = api.post("/api/v1/exports/", {"people": [str(uuid4())]}, format="json")

    assert answer.status_code == 400
    assert not GalleryExport.objects.exists()
