"""Where a person was seen: the verdicts that say a photo shows them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from tests.support.embedded import finished, known
from tests.support.faces import group, make_face
from tests.support.people import person
from tests.support.rows import verification
from tests.support.submissions import submit_group, submit_identify, submit_person
from verification.gallery import services
from verification.models import Sighting

pytestmark = pytest.mark.django_db


def seen(client, row) -> str:
    return client.get(reverse("person_seen", args=[row.pk])).content.decode()


@pytest.fixture
def ada(user):
    return known(user, 0, name="Ada")


@pytest.fixture
def bea(user):
    return known(user, 1, name="Bea")


def test_each_kind_of_verdict_on_a_person_is_a_sighting(user, ada, bea, owner):
    photo = make_face(0, 3)
    rows = [
        finished(submit_person(owner=user, probe=photo, person=ada, title="At the gate")),
        finished(submit_identify(owner=user, probe=photo, title="In the hall")),
        finished(submit_group(owner=user, probe=group((0, 2), (1, 2)), title="At the party")),
    ]

    assert [row.outcome for row in rows] == ["match"] * 3
    page = seen(owner, ada)
    assert all(title in page for title in ("At the gate", "In the hall", "At the party"))
    assert "At the party" in seen(owner, bea)
    assert "At the gate" not in seen(owner, bea)


def test_a_verdict_of_somebody_else_is_none(user, ada, owner):
    row = finished(submit_person(owner=user, probe=make_face(1), person=ada))

    assert row.outcome == "no_match"
    assert not Sighting.objects.exists()
    assert "Not seen yet" in seen(owner, ada)


def test_sightings_follow_a_merge_and_come_back_when_it_is_undone(user, ada, owner):
    other = person(user, "Ada again")
    finished(submit_person(owner=user, probe=make_face(0, 3), person=ada, title="At the gate"))

    merged = services.people_merge(owner=user, into=other, other=ada)
    assert "At the gate" in seen(owner, other)
    assert merged.change

    services.change_undo(owner=user, change_id=merged.change.pk)
    assert "At the gate" in seen(owner, ada)
    assert "At the gate" not in seen(owner, other)


def test_a_sighting_goes_with_its_verdict_and_with_its_person(user, ada):
    first, _second = (
        finished(submit_person(owner=user, probe=make_face(0, 3), person=ada)) for _ in range(2)
    )
    first.delete()
    assert Sighting.objects.count() == 1

    services.person_delete(person=ada, erase=True)
    assert not Sighting.objects.exists()


def test_a_stranger_finds_no_page(ada, other):
    assert other.get(reverse("person_seen", args=[ada.pk])).status_code == 404


def test_earlier_verdicts_are_noted_by_the_migration(user, stranger):
    ada, theirs = person(user, "Ada"), person(stranger, "Ada")
    entry = {"outcome": "match", "person_id": str(ada.pk), "name": "Ada"}
    rows = [
        verification(user, "done", kind="person", person=ada),
        verification(
            user, "done", kind="identify", candidates=[entry, entry | {"outcome": "no_match"}]
        ),
        verification(
            user, "done", kind="group", named_faces=[entry, {"outcome": None, "person_id": None}]
        ),
    ]
    verification(user, "done", kind="person", person=ada, outcome="no_match")
    verification(user, "done", kind="identify", candidates=[entry | {"person_id": str(theirs.pk)}])
    verification(user, "done", kind="identify", candidates=[entry | {"person_id": None}])
    module = import_module("verification.migrations.0027_earlier_sightings")

    module.note_earlier(apps, None)

    assert set(Sighting.objects.values_list("verification", flat=True)) == {row.pk for row in rows}
    assert set(Sighting.objects.values_list("person", flat=True)) == {ada.pk}
