"""NUL characters, which PostgreSQL cannot store: refused, wherever in a request they are."""

import base64

import pytest
import requests
from django.db import connection

from faceverify.database_text import NulInText
from tests.support.problems import assert_problem
from verification.models import Person

REFUSED = [{"detail": "Null characters are not allowed.", "code": "null_characters_not_allowed"}]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("people/?q=%00", "q"),
        ("people/?q=Ada&tag=x%00y", "tag"),
        ("verifications/?q=a%00", "q"),
        ("verifications/?state=done&state=%00", "state"),
        ("batches/?page_size=%00", "page_size"),
        ("usage/?any%00thing=1", "anything"),
    ],
)
def test_a_query_with_one_is_refused_by_its_field(api, path, field):
    problem = assert_problem(api.get(f"/api/v1/{path}"), 400, "invalid")

    assert problem["errors"] == {field: REFUSED}


@pytest.mark.parametrize("body", [{"name": "A\0da"}, {"name": "Ada", "tags": ["x\0"]}])
@pytest.mark.parametrize("format", ["json", "multipart"])
def test_a_body_with_one_is_refused(api, body, format):
    problem = assert_problem(api.post("/api/v1/people/", body, format=format), 400, "invalid")

    assert "null_characters_not_allowed" in str(problem["errors"])
    assert not Person.objects.exists()


def test_an_idempotency_key_with_one_is_refused(api):
    answer = api.post("/api/v1/people/", {"name": "Ada"}, headers={"Idempotency-Key": "a\0"})

    assert_problem(answer, 400, "invalid")
    assert not Person.objects.exists()


def test_a_path_with_one_leads_nowhere(api, owner):
    assert_problem(api.get("/api/v1/people/%00/"), 404, "not_found")
    assert owner.get("/people/%00/").status_code == 404


@pytest.mark.parametrize("name", ["people", "suggestions", "verifications", "webhooks"])
def test_a_cursor_with_one_is_refused(user, name):
    from tests.support.clients import program

    cursor = base64.b64encode(b"p=%00").decode()
    api = program(user, scopes=["gallery:read", "history:read", "admin"])

    problem = assert_problem(api.get(f"/api/v1/{name}/", {"cursor": cursor}), 400, "invalid")

    assert list(problem["errors"]) == ["cursor"]


def test_a_page_searches_without_it(owner):
    for address in ("/people/?q=%00", "/people/?tag=%00", "/history/?q=%00"):
        assert owner.get(address).status_code == 200


def test_a_session_cookie_with_one_is_no_session(anonymous):
    # A quoted cookie may spell characters in octal.
    page = anonymous.get("/history/", HTTP_COOKIE='faceverify_session="\\000abcdefgh"')

    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("action", ["primary", "send", "remove"])
def test_a_form_that_a_library_reads_by_itself_is_harmless(owner, action):
    answer = owner.post("/accounts/email/", {"email": "a\0@example.org", f"action_{action}": ""})

    assert answer.status_code in (302, 400)


def test_none_reaches_the_database():
    with pytest.raises(NulInText), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["a\0"])
    with pytest.raises(NulInText):
        list(Person.objects.filter(name="a\0"))
    with pytest.raises(NulInText), connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [["a"], ["a\0"]])


def test_what_a_view_let_through_is_the_senders_fault(api, monkeypatch):
    from verification.api import people

    def listed(**_fields):
        return Person.objects.filter(name="a\0")

    monkeypatch.setattr(people.selectors, "person_list", listed)

    answer = api.get("/api/v1/people/")

    assert_problem(answer, 400, "null_characters_not_allowed")


@pytest.mark.server
@pytest.mark.postgres
def test_postgresql_is_asked_nothing_that_it_cannot_answer(postgres_site):
    key = {"Authorization": f"Bearer {postgres_site.new_key()}"}
    session = {"Cookie": 'faceverify_session="\\000abcdefgh"'}

    def status(path: str, headers: dict) -> int:
        url = f"{postgres_site.url}{path}"
        return requests.get(url, headers=headers, allow_redirects=False, timeout=60).status_code

    assert status("/api/v1/people/?q=%00", key) == 400
    assert status("/api/v1/people/", session) == 401
    assert status("/people/", session) == 302
