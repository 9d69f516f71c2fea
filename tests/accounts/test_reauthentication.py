"""Who has an open session is asked again before what its thief must not do."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services import api_key_create
from tests.support.clients import reauthenticate
from tests.support.problems import assert_problem

KEYS, ASK = "/account/keys/", "/accounts/reauthenticate/"
PASSWORD = "correct horse 9"

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(client, user):
    """A session that is open, and whose user was not asked again."""
    client.force_login(user)
    return client


def test_rotating_a_key_asks_before_it_shows_its_form(session, user):
    key, _secret = api_key_create(owner=user, name="camera")
    page = reverse("api_key_rotate", args=[key.pk])

    asked = session.get(page)
    assert asked["Location"] == f"{ASK}?next={page.replace('/', '%2F')}"
    refused = session.post(asked["Location"], {"password": "wrong horse 9"})
    assert refused.status_code == 200
    assert session.get(page).status_code == 302

    answered = session.post(asked["Location"], {"password": PASSWORD})
    assert answered["Location"] == page
    assert session.get(page).status_code == 200


def test_a_form_that_comes_too_late_is_carried_out_once_its_sender_has_answered(session):
    form = {"name": "Door camera", "scopes": ["verify", "history:read"], "expires": "30"}

    asked = session.post(KEYS, form)
    assert asked["Location"].startswith(ASK)
    assert not ApiKey.objects.exists()

    done = session.post(asked["Location"], {"password": PASSWORD})
    assert done.status_code == 201
    assert "fv_" in done.content.decode()
    assert ApiKey.objects.get().scopes == ["verify", "history:read"]


def test_a_form_whose_sender_did_not_answer_is_forgotten(session, user):
    key, _secret = api_key_create(owner=user, name="camera")
    page = reverse("api_key_rotate", args=[key.pk])
    session.post(page, {"overlap_hours": "0"})

    asked = session.get(page)
    answered = session.post(asked["Location"], {"password": PASSWORD})

    assert answered.status_code == 302
    assert ApiKey.objects.count() == 1


def test_the_answer_holds_for_a_while(session, user, settings):
    reauthenticate(session, user, seconds_ago=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT - 60)
    assert session.post(KEYS, {"name": "one", "scopes": ["verify"]}).status_code == 201

    reauthenticate(session, user, seconds_ago=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1)
    assert session.post(KEYS, {"name": "two", "scopes": ["verify"]}).status_code == 302
    assert ApiKey.objects.count() == 1


def test_signing_in_is_no_answer(client, user):
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})

    assert client.post(KEYS, {"name": "x", "scopes": ["verify"]})["Location"].startswith(ASK)


def test_the_answer_of_another_user_does_not_count(session, user, stranger):
    reauthenticate(session, stranger)

    assert session.post(KEYS, {"name": "x", "scopes": ["verify"]})["Location"].startswith(ASK)


def test_htmx_is_sent_to_the_question(session, user):
    key, _secret = api_key_create(owner=user, name="camera")

    page = session.get(
        reverse("api_key_rotate", args=[key.pk]),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/people/"},
    )

    assert page["HX-Redirect"] == f"{ASK}?next=%2Fpeople%2F"


@pytest.mark.parametrize("path", ["", "{key}/rotate/", "{key}/"], ids=["create", "rotate", "widen"])
def test_a_session_cannot_use_the_api_instead(user, path):
    key, _secret = api_key_create(owner=user, name="camera", scopes=["verify"])
    browser = APIClient()
    browser.force_login(user)
    url = f"/api/v1/keys/{path.format(key=key.pk)}"
    send = browser.patch if path == "{key}/" else browser.post
    body = {"name": "mine", "scopes": ["admin"]} if path != "{key}/rotate/" else {}

    assert_problem(send(url, body, format="json"), 403, "reauthentication_required")
    key.refresh_from_db()
    assert (ApiKey.objects.count(), key.scopes) == (1, ["verify"])

    reauthenticate(browser, user)
    assert send(url, body, format="json").status_code in (200, 201)


def test_a_program_is_not_asked(user):
    _key, secret = api_key_create(owner=user, name="admin", scopes=["admin"])
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert program.post("/api/v1/keys/", {"name": "next"}, format="json").status_code == 201


def test_revoking_a_key_is_not_asked_for_since_it_protects(session, user):
    key, _secret = api_key_create(owner=user, name="camera")

    session.post(reverse("api_key_revoke", args=[key.pk]))

    key.refresh_from_db()
    assert not key.is_active
