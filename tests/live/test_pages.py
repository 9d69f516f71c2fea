"""The pages with a camera, as the server gives them; what happens on them is in tests/browser."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.people import anchor, person, words
from verification.gallery.galleries import create_gallery, set_false_match_rate
from verification.live.models import LiveSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    ada = person(user, "Ada")
    anchor(ada)
    return ada


def test_everyone_is_looked_for_unless_something_else_is_chosen(owner, ada):
    page = owner.get("/compare/live/")

    assert page.context["who"] == "everyone"
    assert 'data-task="identify"' in page.text
    assert "Start the camera" not in page.text  # the script shows it, and what is without one


@pytest.mark.parametrize("address", ["?who=person", "?q=a", "?page=1"])
def test_a_person_is_chosen_from_a_page_of_the_gallery(owner, ada, address):
    page = owner.get(f"/compare/live/{address}")

    assert page.context["who"] == "person"
    assert f'value="{ada.pk}"' in page.text
    assert "data-live-camera" not in page.text


def test_the_person_chosen_is_looked_for(owner, ada):
    page = owner.get(f"/compare/live/?person={ada.pk}")

    assert f'<input type="hidden" name="person" value="{ada.pk}">' in page.text
    assert 'data-task="verify"' in page.text


def test_a_person_of_somebody_else_is_not_found(other, ada):
    assert other.get(f"/compare/live/?person={ada.pk}").status_code == 404
    assert other.get(f"/people/{ada.pk}/live/").status_code == 404


def test_of_several_galleries_one_is_searched(owner, user, ada):
    staff = create_gallery(owner=user, name="Staff")
    set_false_match_rate(gallery=staff, rate=1e-4)
    anchor(person(user, "Bea", gallery=staff))

    page = owner.get(f"/compare/live/?gallery={staff.pk}")

    assert f'<option value="{staff.pk}" selected>Staff</option>' in page.text
    assert page.context["chosen"] == "0.0001"
    started = owner.post("/compare/live/start/", {"task": "identify", "gallery": str(staff.pk)})
    assert LiveSession.objects.get(pk=started.json()["id"]).gallery == staff


def test_a_gallery_of_somebody_else_is_not_searched(other, user, ada):
    gallery = {"task": "identify", "gallery": str(ada.gallery_id)}

    assert other.get(f"/compare/live/?gallery={ada.gallery_id}").status_code == 404
    assert other.post("/compare/live/start/", gallery).status_code == 404


def test_nonsense_in_the_address_is_everyone(owner, ada):
    page = owner.get("/compare/live/?person=nobody&who=whatever")

    assert page.context["who"] == "everyone"


def test_nobody_to_find_is_told_with_a_way_on(owner, user):
    assert "Your gallery has no photos yet" in words(owner.get("/compare/live/"))

    bea = person(user, "Bea")

    page = owner.get(f"/compare/live/?person={bea.pk}")
    assert "Bea has no photo yet" in words(page)
    assert f"/people/{bea.pk}/live/" in page.text
    assert "data-live-camera" not in page.text


def test_whoever_does_not_consent_any_more_is_neither_looked_for_nor_photographed(owner, ada):
    ada.consent_until = timezone.now().date() - timedelta(days=1)
    ada.save()

    for address in (f"/compare/live/?person={ada.pk}", f"/people/{ada.pk}/live/"):
        assert "data-live-camera" not in owner.get(address).text


def test_a_new_person_can_go_on_to_the_camera(owner, user):
    answer = owner.post("/people/new/", {"name": "Cleo", "next": "live"})

    cleo = user.people.get(name="Cleo")
    assert answer["Location"] == f"/people/{cleo.pk}/live/"
