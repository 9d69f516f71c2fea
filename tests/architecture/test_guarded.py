"""What a thief of an open session must not be able to do: whoever has it is asked again first."""

import json

import pytest
from rest_framework.test import APIClient

from tests.support.clients import reauthenticate
from tests.support.problems import assert_problem
from tests.support.things import make_things, rows

pytestmark = pytest.mark.django_db

ASK = "/accounts/reauthenticate/"
HOOK = {"url": "https://elsewhere.example.org/", "events": ["verification.completed"]}

PAGES = [
    ("POST", "/account/keys/", {"name": "mine", "scopes": ["admin"]}),
    ("GET", "/account/keys/{key}/rotate/", {}),
    ("POST", "/account/webhooks/", HOOK),
    ("POST", "/account/webhooks/{webhook}/", HOOK),
    ("GET", "/account/webhooks/{webhook}/rotate/", {}),
    ("POST", "/people/export/", {}),
    ("POST", "/people/export/selected/", {"everyone": "yes"}),
    ("GET", "/people/export/{export}/gallery.zip", {}),
    ("POST", "/account/downloads/", {}),
    ("POST", "/people/{person}/erase/", {"typed": "Ada"}),
    ("POST", "/account/close/", {"typed": "owner@example.org"}),
]
ENDPOINTS = [
    ("POST", "/keys/", {"name": "mine", "scopes": ["admin"]}),
    ("PATCH", "/keys/{key}/", {"scopes": ["admin"]}),
    ("POST", "/keys/{key}/rotate/", {}),
    ("POST", "/webhooks/", HOOK),
    ("PATCH", "/webhooks/{webhook}/", {"url": HOOK["url"]}),
    ("POST", "/webhooks/{webhook}/rotate/", {}),
    ("POST", "/exports/", {}),
    ("GET", "/exports/{export}/download/", {}),
    ("POST", "/downloads/", {}),
    ("GET", "/downloads/{download}/content/", {}),
    ("POST", "/people/{person}/erase/", {"name": "Ada"}),
]


@pytest.fixture
def things(user):
    made = make_things(user)
    return made | {"before": stored()}


def stored() -> dict[str, list[tuple]]:
    """All rows but the session of whoever asks."""
    found = rows()
    del found["UserSession"]
    return found


@pytest.mark.parametrize(("method", "path", "body"), PAGES)
def test_a_page_asks_first(client, user, things, method, path, body):
    client.force_login(user)

    answer = (
        client.generic(method, path.format(**things["ids"]))
        if method == "GET"
        else (client.post(path.format(**things["ids"]), body))
    )

    assert answer.status_code == 302, path
    assert answer["Location"].startswith(ASK)
    assert stored() == things["before"]


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
def test_an_endpoint_refuses_a_session_and_names_the_page(user, things, method, path, body):
    browser = APIClient()
    browser.force_login(user)
    url = "/api/v1" + path.format(**things["ids"])

    refused = browser.generic(method, url, **_json(body))

    assert_problem(refused, 403, "reauthentication_required")
    assert stored() == things["before"]

    reauthenticate(browser, user)
    assert browser.generic(method, url, **_json(body)).status_code != 403


def _json(body: dict) -> dict:
    return {"data": json.dumps(body), "content_type": "application/json"} if body else {}
