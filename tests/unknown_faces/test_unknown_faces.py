"""Faces of group photos that nobody is, gathered by likeness and named in one go."""

import pytest
from django.urls import reverse

from tests.support.embedded import embedded, finished, known
from tests.support.faces import group, make_face
from tests.support.submissions import submit_group, submit_identify
from verification.comparisons.erasing import photos_erase
from verification.models import Anchor, FaceGathering, Person, Verification
from verification.unknown_faces.services import gathering_start
from verification.worker import tasks

pytestmark = pytest.mark.django_db
PAGE = reverse("unknown_faces")


@pytest.fixture
def photos(user) -> list[Verification]:
    """Ada is known. The second person is on both photos, the third and the fourth on one each."""
    known(user, 0, name="Ada")
    people = [((0, 2), (1, 0), (5, 0)), ((1, 1), (7, 0))]
    return [finished(submit_group(owner=user, probe=group(*each))) for each in people]


def gathered(user) -> FaceGathering:
    row = gathering_start(owner=user)
    tasks.gather_faces(str(row.pk))
    row.refresh_from_db()
    assert row.state == "done"
    return row


def sent(places) -> list[str]:
    return [f"{id}:{index}" for id, index in places]


def test_faces_of_one_person_are_gathered_and_known_people_are_left_out(user, photos):
    row = gathered(user)

    assert [len(each) for each in row.groups] == [2, 1, 1]
    assert {id for id, _index in row.groups[0]} == {str(each.pk) for each in photos}
    assert row.photos == 2


def test_naming_a_group_makes_all_its_faces_photos_of_a_new_person(user, photos, owner):
    row = gathered(user)

    owner.post(reverse("unknown_faces_name"), {"face": sent(row.groups[0]), "name": " Bea "})

    bea = Person.objects.get(name="Bea")
    assert Anchor.objects.filter(person=bea).count() == 2
    assert all(embedded(anchor).state == "ready" for anchor in bea.anchors.all())
    row.refresh_from_db()
    assert [len(each) for each in row.groups] == [1, 1]
    found = finished(submit_identify(owner=user, probe=make_face(1, 3)))
    assert found.candidates[0]["name"] == "Bea"
    assert found.outcome == "match"


def test_of_the_photos_that_come_with_a_name_comparisons_wait_for_one(
    user, photos, owner, monkeypatch
):
    row, later = gathered(user), []
    monkeypatch.setattr(
        "verification.gallery.adding.enqueue", lambda _anchor, **how: later.append(how["later"])
    )

    owner.post(reverse("unknown_faces_name"), {"face": sent(row.groups[0]), "name": "Bea"})

    assert later == [False, True]


def test_the_name_of_somebody_known_adds_to_that_person(user, photos, owner):
    row = gathered(user)

    owner.post(reverse("unknown_faces_name"), {"face": sent(row.groups[1]), "name": "Ada"})

    assert Person.objects.filter(name="Ada").count() == 1
    assert Anchor.objects.filter(person__name="Ada").count() == 3


def test_a_name_that_two_people_have_is_not_guessed(user, photos, owner):
    row = gathered(user)
    Person.objects.create(owner=user, name="Ada")

    answer = owner.post(
        reverse("unknown_faces_name"), {"face": sent(row.groups[0]), "name": "Ada"}, follow=True
    )

    assert "Several people in your gallery have this name" in answer.content.decode()
    assert Anchor.objects.count() == 2


def test_a_name_that_cannot_be_loses_no_face(user, photos, owner, subtests):
    row = gathered(user)

    for name in ("", "   ", "x" * 201):
        with subtests.test(name=name):
            answer = owner.post(
                reverse("unknown_faces_name"),
                {"face": sent(row.groups[0]), "name": name},
                follow=True,
            )

            assert "Give a name" in answer.content.decode()
            row.refresh_from_db()
            assert len(row.groups) == 3


def test_people_added_since_are_not_unknown_any_more(user, photos):
    gathered(user)
    known(user, 1, name="Bea")

    row = gathered(user)

    assert [len(each) for each in row.groups] == [1, 1]


def test_faces_set_aside_do_not_come_back(user, photos, owner):
    row = gathered(user)
    owner.post(reverse("unknown_faces_name"), {"face": sent(row.groups[0]), "set_aside": "yes"})

    row = gathered(user)

    assert [len(each) for each in row.groups] == [1, 1]
    assert Person.objects.count() == 1


def test_the_page_shows_each_group_with_its_faces(user, photos, owner):
    assert "Look through my group photos" in owner.get(PAGE).content.decode()
    gathered(user)

    page = owner.get(PAGE).content.decode()

    assert page.count("Who is this?") == 3
    assert page.count('class="unknown__face"') == 4


def test_erased_photos_and_deleted_verdicts_are_not_shown(user, photos, owner):
    gathered(user)
    photos_erase([photos[0].pk], why="rule")
    photos[1].delete()

    page = owner.get(PAGE)

    assert page.status_code == 200
    assert "Who is this?" not in page.content.decode()


def test_asking_starts_a_worker_once(owner, photos):
    for _ in range(2):
        owner.post(reverse("unknown_faces_gather"))

    assert FaceGathering.objects.get().state == "pending"
    assert "hx-get" in owner.get(PAGE).content.decode()


def test_a_stranger_names_nobody(user, photos, other, stranger):
    row = gathered(user)

    other.post(reverse("unknown_faces_name"), {"face": sent(row.groups[0]), "name": "Mine"})

    assert not Person.objects.filter(owner=stranger).exists()
    assert "Who is this?" not in other.get(PAGE).content.decode()


def test_a_place_that_is_none_changes_nothing(user, photos, owner, subtests):
    gathered(user)

    for face in ("", "nonsense", ":", "x:1", "x:²", "x:" + "9" * 400):
        with subtests.test(face=face):
            answer = owner.post(
                reverse("unknown_faces_name"), {"face": face, "name": "Eve"}, follow=True
            )

            assert "look at them again" in answer.content.decode()
            assert not Person.objects.filter(name="Eve").exists()
