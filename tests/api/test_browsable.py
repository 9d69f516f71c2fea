"""The API as pages, for somebody signed in with a browser."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from tests.support.photos import photo
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Person, Verification

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PEOPLE = "/api/v1/people/"
VERIFICATIONS = "/api/v1/verifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    """Signed in by a session, with CSRF as in production."""
    client = APIClient(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    return client


def look(client, path: str):
    return client.get(path, headers={"accept": BROWSER})


def token_of(answer) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.content.decode())[1]


def photos(**more) -> dict:
    files = {
        name: SimpleUploadedFile(f"{name}.jpg", photo(n), "image/jpeg")
        for n, name in enumerate(("probe", "reference"))
    }
    return files | more


def test_a_browser_gets_a_page_that_nobody_may_keep(browser, user):
    services.person_create(owner=user, name="Ada <Lovelace>")

    answer = look(browser, PEOPLE)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.has_header("ETag")
    assert "Ada &lt;Lovelace&gt;" in answer.content.decode()


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, */*;q=0.5"])
def test_programs_get_json_as_before(api, accept):
    answer = api.get(PEOPLE, headers={"accept": accept} if accept else {})

    assert answer["Content-Type"] == "application/json"
    assert "Accept" in answer["Vary"]
    assert json.loads(answer.content)["results"] == []


def test_the_page_obeys_the_content_policy(browser):
    for path in ("", "people/", "verifications/", "keys/", "searches/", "imports/"):
        text = look(browser, f"/api/v1/{path}").content.decode()

        assert "<style" not in text and "style=" not in text
        assert text.count("<script") == text.count("<script src=") + text.count(
            '<script type="module" src='
        )
        assert not re.search(r"\son\w+=", text)


def test_items_of_a_list_and_own_addresses_are_links_and_no_others(browser, user):
    ada = services.person_create(owner=user, name="https://evil.example.org/", note="/api/v1/keys/")

    listed, one = look(browser, PEOPLE).content.decode(), look(browser, f"{PEOPLE}{ada.pk}/")

    assert f'<a href="{PEOPLE}{ada.pk}/">{ada.pk}</a>' in listed
    assert 'href="https://evil' not in listed
    assert f'<a href="{PEOPLE}{ada.pk}/anchors/">' in one.content.decode()
    assert 'href="http://testserver/api/v1/people/"' in look(browser, "/api/v1/").content.decode()


def test_a_form_is_there_for_each_method_and_field_that_the_description_has(browser, user):
    ada = services.person_create(owner=user, name="Ada")

    upload = look(browser, VERIFICATIONS).content.decode()
    person = look(browser, f"{PEOPLE}{ada.pk}/").content.decode()

    assert set(re.findall(r'data-call="(\w+)"', upload)) == {"GET", "POST"}
    for name in ("probe", "reference"):
        assert re.search(rf'name="{name}"\s+type="file"', upload)
    assert 'data-query="wait"' in upload
    assert set(re.findall(r'data-call="(\w+)"', person)) == {"PATCH", "DELETE"}
    assert "&quot;name&quot;: &quot;Ada Lovelace&quot;" in person


def test_a_form_with_files_is_sent_with_its_token_and_answered_by_a_page(browser, user):
    token = token_of(look(browser, VERIFICATIONS))

    answer = browser.post(
        VERIFICATIONS,
        photos(csrfmiddlewaretoken=token, title="Front desk", probe_face="", person=""),
        headers={"accept": BROWSER},
    )

    row = Verification.objects.get()
    assert answer.status_code == 202, answer.content
    assert answer["Content-Type"].startswith("text/html")
    assert (row.owner, row.title, row.probe_name) == (user, "Front desk", "probe.jpg")
    assert str(row.pk) in answer.content.decode()


@pytest.mark.parametrize("token", [None, "a" * 64])
def test_without_its_token_nothing_is_done(browser, token):
    look(browser, VERIFICATIONS)
    sent = {} if token is None else {"csrfmiddlewaretoken": token}

    page = browser.post(VERIFICATIONS, photos(**sent), headers={"accept": BROWSER})
    program = browser.post(PEOPLE, {"name": "Ada"}, format="json")

    assert page.status_code == 403
    assert page["Content-Type"].startswith("text/html")
    assert "CSRF" in page.content.decode()
    assert_problem(program, 403, "permission_denied")
    assert not Verification.objects.exists() and not Person.objects.exists()


def test_an_answer_without_a_body_is_a_page_too(browser, user):
    row = services.person_create(owner=user, name="Ada")
    token = token_of(look(browser, f"{PEOPLE}{row.pk}/"))

    answer = browser.delete(
        f"{PEOPLE}{row.pk}/?erase=true", headers={"accept": BROWSER, "X-CSRFToken": token}
    )

    assert answer.status_code == 200
    assert "204 No Content" in answer.content.decode()
    assert not Person.objects.exists()


def test_a_visitor_is_shown_where_to_sign_in_and_nothing_else():
    answer = look(APIClient(), PEOPLE)

    text = answer.content.decode()
    assert answer.status_code == 401
    assert f'href="/accounts/login/?next={PEOPLE}"' in text
    assert "data-call" not in text


def test_a_stranger_finds_nothing_on_a_page(stranger, user):
    ada = services.person_create(owner=user, name="Ada")
    client = APIClient()
    client.force_login(stranger)

    answer = look(client, f"{PEOPLE}{ada.pk}/")

    assert answer.status_code == 404
    assert (
        "Ada" not in re.findall(r'<pre class="api-body".*?</pre>', answer.content.decode(), re.S)[0]
    )


def test_the_root_leads_everywhere(api):
    found = api.get("/api/v1/").json()

    assert {"verifications", "people", "keys", "docs", "schema"} <= found.keys()
    assert found["people"] == "http://testserver/api/v1/people/"
