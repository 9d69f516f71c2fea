"""Every page as anonymous and as a stranger: nobody sees or changes what belongs to somebody else. A new page
about one thing fails here until its thing is named."""

import itertools
import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, get_resolver, reverse

from tests.support.things import make_things, rows, upload

pytestmark = pytest.mark.django_db

# What the id in a page's address belongs to, by how the address begins; see things.py.
THINGS = {
    "account/keys/": "key",
    "account/webhooks/deliveries/": "delivery",
    "account/webhooks/": "webhook",
    "batches/": "batch",
    "calibration/": "calibration",
    "people/export/": "export",
    "people/import/": "import",
    "people/suggestions/": "suggestion",
    "people/": "person",
    "photos/": "anchor",
    "verifications/": "verdict",
}
HTMX = {"HX-Request": "true"}  # some addresses give a part of a page only
OPEN = ("", "health/live", "health/ready", "privacy/")
OTHER_PARTS = {
    "which": ("probe", "image", "crop"),
    "action": ("delete", "cover", "face", "retry", "confirm"),
    "position": ("0",),
}
NAMES = ("Ada", "Cleo", "receiver.example.org")  # of the owner's things


def routes():
    """The pattern of each page's address; the API has a matrix of its own, sign-in is allauth's."""

    def walk(patterns, start=""):
        for entry in patterns:
            route = start + str(entry.pattern)
            if isinstance(entry, URLPattern):
                yield route
            else:
                yield from walk(entry.url_patterns, route)

    for route in walk(get_resolver().url_patterns):
        if not route.startswith(("api/", "accounts/")) and route not in OPEN:
            yield route


def addresses(things: dict) -> Iterator[tuple[str, str]]:
    """(pattern, address) of each page, of those with several parts in every form."""
    for route in routes():
        names = re.findall(r"<\w+:(\w+)>", route)
        parts = [(_id(route, things),) if name == "id" else OTHER_PARTS[name] for name in names]
        for values in itertools.product(*parts):
            yield route, "/" + re.sub("<[^>]*>", "{}", route).format(*values)


def _id(route: str, things: dict) -> str:
    thing = next(thing for begin, thing in THINGS.items() if route.startswith(begin))
    return str(things["ids"][thing])


def form(things: dict) -> dict:
    """What one page or another takes for an order to change something."""
    ids = things["ids"]
    return {
        "ids": [ids["anchor"]],
        "action": "delete",
        "person": ids["person"],
        "other": things["bodies"]["other"]["other"],
        "change": ids["change"],
        "name": "Eve",
        "answer": "wrong",
        "which": "probe",
        "face_index": "0",
        "confirmed": "yes",
        "overlap_hours": "0",
        "photos": upload(5),
    }


@pytest.fixture
def things(user):
    return make_things(user)


def test_anonymous_is_asked_to_sign_in_and_changes_nothing(anonymous, things):
    wrong = {}
    for _route, url in addresses(things):
        for answer in (anonymous.get(url), anonymous.post(url, form(things))):
            asked = answer.status_code == 302 and answer["Location"].startswith(
                reverse("account_login")
            )
            if not asked and answer.status_code != 405:
                wrong[url] = answer.status_code

    assert wrong == {}
    assert rows() == things["before"]


def test_a_stranger_finds_nothing_and_changes_nothing(other, things):
    wrong = {}
    for route, url in addresses(things):
        if "<" not in route:
            continue
        for answer in (other.get(url, headers=HTMX), other.post(url, form(things))):
            if answer.status_code not in (404, 405):
                wrong[url] = answer.status_code

    assert wrong == {}
    assert rows() == things["before"]


def test_a_strangers_lists_are_empty(other, things):
    secrets = [*NAMES, *map(str, things["ids"].values())]
    for route in routes():
        if "<" in route:
            continue
        answer = other.get(f"/{route}")
        shown = answer.getvalue().decode("latin-1")
        assert not [secret for secret in secrets if secret in shown], route


def test_the_owner_reaches_every_thing(owner, things):
    """The addresses above are those of something that is there."""
    for route, url in addresses(things):
        if route.count("<") == 1 and route.endswith("<uuid:id>/"):
            assert owner.get(url).status_code == 200, route
