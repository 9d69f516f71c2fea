"""What is answered at /api/v1/, and in which form."""

import pytest
from rest_framework.test import APIClient

from tests.support.problems import assert_problem
from verification.models import Person

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PEOPLE = "/api/v1/people/"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "application/json, */*;q=0.5", BROWSER]
)
def test_programs_and_browsers_get_json(api, accept):
    answer = api.get(PEOPLE, headers={"accept": accept} if accept else {})

    assert answer["Content-Type"] == "application/json"
    assert answer.json()["results"] == []


def test_what_only_a_page_would_satisfy_is_refused(api):
    assert_problem(api.get(PEOPLE, headers={"accept": "text/html"}), 406, "not_acceptable")


def test_a_session_changes_nothing_without_its_csrf_token(user):
    browser = APIClient(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(user)

    answer = browser.post(PEOPLE, {"name": "Ada"}, format="json")

    assert_problem(answer, 403, "permission_denied")
    assert not Person.objects.exists()


def test_the_root_leads_everywhere(api):
    addresses = api.get("/api/v1/").json()

    assert {"verifications", "people", "keys", "docs", "schema"} <= addresses.keys()
    assert "redoc" not in addresses
    assert addresses["people"] == "http://testserver/api/v1/people/"
