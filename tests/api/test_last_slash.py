"""An address without its last slash: nothing that was sent is lost, and nothing else is done."""

import pytest

from tests.support.clients import program
from tests.support.people import person
from tests.support.problems import assert_problem
from tests.support.rows import verification
from tests.support.things import upload
from verification.comparisons.models import Verification
from verification.gallery.models import Person

pytestmark = pytest.mark.django_db


def test_a_comparison_is_made_and_not_the_list_shown(api):
    photos = {"probe": upload(), "reference": upload(2)}
    answer = api.post("/api/v1/verifications?wait=0", photos)

    assert answer.status_code == 202
    assert answer["Location"].endswith(f"/api/v1/verifications/{Verification.objects.get().pk}/")


def test_every_method_that_changes_something(api, user):
    ada, verdict = person(user), verification(user, "done")

    assert api.post("/api/v1/people", {"name": "Bea"}, format="json").status_code == 201
    assert api.patch(f"/api/v1/people/{ada.pk}", {"note": "x"}, format="json").status_code == 200
    review = f"/api/v1/verifications/{verdict.pk}/review"
    assert api.put(review, {"answer": "right"}, format="json").status_code == 200
    assert api.delete(f"/api/v1/people/{ada.pk}").status_code == 200
    assert list(Person.objects.values_list("name", flat=True)) == ["Bea"]


def test_a_page(owner, user):
    answer = owner.post("/people/new", {"name": "Ada"})

    assert answer.status_code == 302
    assert Person.objects.get().owner == user


def test_the_token_of_a_form_is_still_needed(user):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    assert browser.post("/people/new", {"name": "Ada"}).status_code == 403
    assert not Person.objects.exists()


def test_reading_is_redirected(api):
    answer = api.get("/api/v1/people?q=a")

    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/people/?q=a")


def test_what_is_nowhere_stays_so(api, user):
    assert_problem(api.post("/api/v1/nothing"), 404, "not_found")
    assert_problem(program().post("/api/v1/people", {"name": "Ada"}), 401, "not_authenticated")
