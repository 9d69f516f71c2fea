"""A German reader finds no English on any page."""

import pytest
from django.urls import reverse

from tests.architecture.test_page_matrix import FOR_STAFF, OPEN, addresses
from tests.support.clients import browser
from tests.support.marked_german import english, marked_german, stored_names  # noqa: F401  a fixture
from tests.support.routes import routes
from tests.support.things import make_things

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marked_german")]


def test_no_page_of_an_owner(user):
    things = make_things(user)
    client = browser(user)

    names, wrong = stored_names(), dict[str, list[str]]()
    for route, url in addresses(things):
        if not route.startswith(FOR_STAFF):
            wrong |= english(client, url, names)

    assert wrong == {}


def test_no_page_of_the_console(user, django_user_model):
    things = make_things(user)
    client = browser(django_user_model.objects.create_superuser("staff@example.org"))

    names, wrong = stored_names(), dict[str, list[str]]()
    for route, url in addresses(things):
        if route.startswith(FOR_STAFF):
            wrong |= english(client, url, names)

    assert wrong == {}


def test_no_page_that_is_open_to_everybody(user):
    things = make_things(user)
    open_pages = [route for route in OPEN if "<" not in route]
    entrance = [
        route.pattern
        for route in routes()
        if route.pattern.startswith("accounts/") and "<" not in route.pattern
    ]
    receipt = reverse("receipt", args=[things["ids"]["receipt"]])

    names, wrong = stored_names(), dict[str, list[str]]()
    for client in (browser(), browser(user)):
        for url in (receipt, "/nowhere/", *(f"/{route}" for route in (*open_pages, *entrance))):
            wrong |= english(client, url, names)

    assert wrong == {}
