"""Verify against a person, identify, and a verdict's photo for a person"""

import pytest
from django.urls import reverse

from tests.support.people import anchor, person, upload, words
from tests.support.rows import verification
from verification.models import Anchor, Person, Verification

pytestmark = pytest.mark.django_db

DATA = {"false_match_rate": "0.0001", "title": "Door", "submission_key": "k"}


def probe(**more) -> dict:
    return DATA | {"probe": upload(9, name="probe.jpg")} | more


def test_a_photo_is_verified_against_a_person(owner, user):
    ada = person(user, "Ada")
    anchor(ada)
    url = reverse("person_verify", args=[ada.pk])
    assert "Is this Ada?" in words(owner.get(url))

    answer = owner.post(url, probe())
    row = Verification.objects.get()
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert (row.kind, row.person, row.false_match_rate) == ("person", ada, 1e-4)
    assert (row.title, row.probe_name) == ("Door", "probe.jpg")
    owner.post(url, probe())
    assert Verification.objects.count() == 1  # a double click


def test_a_person_without_photos_is_told(owner, user):
    ada = person(user, "Ada")
    url = reverse("person_verify", args=[ada.pk])

    assert "Ada has no photo yet." in words(owner.get(url))
    answer = owner.post(url, probe())
    assert answer.status_code == 422
    assert "Add a photo of Ada first." in words(answer)
    assert not Verification.objects.exists()


def test_a_photo_is_looked_for_in_the_gallery(owner, user):
    anchor(person(user, "Ada"))
    answer = owner.post(reverse("identify"), probe())

    row = Verification.objects.get()
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert (row.kind, row.owner) == ("identify", user)


def test_an_empty_gallery_is_told(owner):
    assert "Your gallery has no photos yet." in words(owner.get(reverse("identify")))
    answer = owner.post(reverse("identify"), probe())

    assert answer.status_code == 422
    assert "Your gallery has no photos yet: add people" in words(answer)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"probe": ""}, "probe"),
        ({"probe": upload(data=b"no photo")}, "probe"),
        ({"false_match_rate": "0.5"}, "false_match_rate"),
        ({"title": "x" * 201}, "title"),
    ],
    ids=["no photo", "text", "rate", "title"],
)
def test_bad_input_is_told_at_its_field(owner, user, change, field):
    anchor(person(user, "Ada"))
    answer = owner.post(
        reverse("identify"), probe(**change), headers={"accept": "application/json"}
    )

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert not Verification.objects.exists()


def add_url(row, which="probe") -> str:
    return reverse("verification_add", args=[row.pk, which])


def test_a_photo_of_a_verdict_becomes_one_of_a_persons(owner, user):
    row, ada = verification(user, "done"), person(user, "Ada")
    page = owner.get(reverse("verification_detail", args=[row.pk])).content.decode()
    assert add_url(row) in page
    assert add_url(row, "reference") in page

    assert "Ada" in words(owner.get(add_url(row)))
    answer = owner.post(add_url(row, "reference"), {"person": ada.pk}, follow=True)
    assert "The photo is one of Ada's now." in words(answer)
    with row.reference_image.open() as file:
        assert ada.anchors.get().image.read() == file.read()


def test_or_of_a_new_person(owner, user):
    row = verification(user, "done")

    answer = owner.post(add_url(row), {"name": ""})
    assert answer.status_code == 422
    assert not Person.objects.exists()
    owner.post(add_url(row), {"name": "Bea"})
    assert Anchor.objects.get(person__name="Bea")


def test_a_match_offers_the_person_it_found(owner, user):
    ada = person(user, "Ada")
    found = {"person": ada, "person_name": "Ada", "kind": "person", "reference_image": ""}
    row = verification(user, "done", **found)
    page = words(owner.get(reverse("verification_detail", args=[row.pk])))
    assert "Add this photo to Ada Add it to somebody else" in page

    Verification.objects.filter(pk=row.pk).update(outcome="no_match")
    page = words(owner.get(reverse("verification_detail", args=[row.pk])))
    assert "Add this photo to a person" in page


def test_a_photo_that_is_lost_makes_no_new_person(owner, user):
    row = verification(user, "done")
    Verification.objects.filter(pk=row.pk).update(owner=user, probe_image="")

    assert owner.post(add_url(row), {"name": "Bea"}).status_code == 404
    assert not Person.objects.exists()


def test_nobody_takes_photos_of_other_peoples_verdicts(owner, other, anonymous, user, stranger):
    row, theirs = verification(user, "done"), person(stranger, "Theirs")

    assert other.get(add_url(row)).status_code == 404
    assert other.post(add_url(row), {"person": theirs.pk}).status_code == 404
    assert owner.post(add_url(row), {"person": theirs.pk}).status_code == 404
    assert anonymous.post(add_url(row), {"name": "Bea"}).status_code == 302
    assert owner.get(add_url(row, "probe_crop")).status_code == 404
    assert not Anchor.objects.exists()
    assert Person.objects.count() == 1
