"""Every page as anonymous, as a stranger and as staff: nobody sees or changes what belongs to somebody else. A new page
about one thing fails here until its thing is named."""

import itertools
import operator
import re
from collections.abc import Iterator

import pytest
from django.urls import reverse

from tests.support.routes import routes
from tests.support.things import make_things, rows, upload

pytestmark = pytest.mark.django_db

# What the id in a page's address belongs to, by how the address begins; see things.py.
THINGS = {
    "account/downloads/": "download",
    "account/keys/": "key",
    "account/sessions/": "session",
    "account/webhooks/deliveries/": "delivery",
    "account/webhooks/": "webhook",
    "batches/": "batch",
    "calibration/": "calibration",
    "console/invitations/": "invitation",
    "console/users/": "user",
    "galleries/invitations/": "invited",
    "galleries/": "team",
    "people/export/": "export",
    "people/import/": "import",
    "people/selected/": "bulk_change",
    "people/suggestions/": "suggestion",
    "people/": "person",
    "photos/": "anchor",
    "verifications/": "verdict",
}
HTMX = {"HX-Request": "true"}  # some addresses give a part of a page only
FOR_STAFF = "console/"  # see tests/console
# A receipt is open to whoever knows its id: it names nobody, and outlives the account.
RECEIPT = ("receipts/<uuid:receipt_id>/", "receipts/<uuid:receipt_id>.json")
OPEN = (
    "",
    "how-it-works/",
    "health/live",
    "health/ready",
    "manifest.webmanifest",
    "metrics",
    "privacy/",
    "language/",
    "language/words.js",
    "rekognition/",  # a signature signs in, see tests/rekognition
    *RECEIPT,
)
OTHER_PARTS = {
    "which": ("probe", "image", "crop"),
    "action": ("delete", "cover", "face", "retry", "confirm", "deactivate", "make_staff", "stop"),
    "position": ("0",),
    "photo": (
        "00000000-0000-4000-8000-000000000000",
    ),  # of a batch, see tests/batches/test_faces.py
    "index": ("0",),  # of a face in a group photo
    "number": ("0",),  # of one of the caller's own sessions, see test_sessions.py
}
NAMES = ("Ada", "Cleo", "Gate", "receiver.example.org")  # of the owner's things


def pages():
    """The pattern of each page's address; the API has a matrix of its own, sign-in is allauth's."""
    for route in map(operator.attrgetter("pattern"), routes()):
        if not route.startswith(("api/", "accounts/")) and route not in OPEN:
            yield route


def addresses(things: dict) -> Iterator[tuple[str, str]]:
    """(pattern, address) of each page, of those with several parts in every form."""
    for route in pages():
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
        "member": ids["member"],
        "invitation": ids["team_invitation"],
        "role": "viewer",
        "email": "new@example.net",
        "name": "Eve",
        "answer": "wrong",
        "which": "probe",
        "face_index": "0",
        "confirmed": "yes",
        "overlap_hours": "0",
        "photos": upload(5),
    }


@pytest.fixture(params=["stranger", "staff"])
def another(request, stranger, other):
    """The browser of someone else, who belongs to the staff or does not."""
    stranger.is_staff = stranger.is_superuser = request.param == "staff"
    stranger.save()
    return other


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


def test_another_finds_nothing_and_changes_nothing(another, things):
    wrong = {}
    for route, url in addresses(things):
        if "<uuid" not in route or route.startswith(FOR_STAFF):
            continue
        for answer in (another.get(url, headers=HTMX), another.post(url, form(things))):
            if answer.status_code not in (404, 405):
                wrong[url] = answer.status_code

    assert wrong == {}
    assert rows() == things["before"]


def test_the_lists_of_another_are_empty(another, things):
    secrets = [*NAMES, *map(str, things["ids"].values())]
    for route in pages():
        if "<" in route or route.startswith(FOR_STAFF):
            continue
        answer = another.get(f"/{route}")
        shown = answer.getvalue().decode("latin-1")
        assert not [secret for secret in secrets if secret in shown], route


def test_the_owner_reaches_every_thing(owner, things):
    """The addresses above are those of something that is there."""
    for route, url in addresses(things):
        if route.startswith(FOR_STAFF):  # see tests/console
            continue
        if route.count("<") == 1 and route.endswith("<uuid:id>/"):
            assert owner.get(url).status_code == 200, route
