"""Who looks at a face is noted: every address about one thing says what it shows, or that it shows nothing."""

from uuid import UUID

import pytest

from tests.architecture.test_page_matrix import addresses
from tests.support.audit import told
from tests.support.clients import program
from tests.support.routes import api_methods, routes
from tests.support.things import make_things
from verification.shown import NOTHING_SHOWN, SHOWN

pytestmark = pytest.mark.django_db

# About the account itself, not about what it stores.
OF_THE_ACCOUNT = ("account/", "accounts/", "api/v1/keys/", "console/")


def test_every_address_about_one_thing_is_named(owner, user):
    things = make_things(user)
    readable = {route for route, url in addresses(things) if owner.get(url).status_code != 405}

    named = {
        route.name
        for route in routes()
        if "<" in route.pattern
        and not route.pattern.startswith(OF_THE_ACCOUNT)
        and (
            "get" in api_methods(route.view)
            if route.pattern.startswith("api/")
            else route.pattern in readable
        )
    }

    assert named - SHOWN.keys() == NOTHING_SHOWN
    assert {route.name for route in routes()} >= SHOWN.keys() | NOTHING_SHOWN


@pytest.mark.parametrize(
    ("address", "kind", "which"),
    [
        ("/photos/{anchor}/image.jpg", "anchor", "image"),
        ("/photos/{anchor}/", "anchor", None),
        ("/people/{person}/", "person", None),
        ("/verifications/{verdict}/", "verification", None),
        ("/verifications/{verdict}/probe.jpg", "verification", "probe"),
        ("/people/", "person", None),
        ("/history/", "verification", None),
    ],
)
def test_who_looked_at_what_is_noted(owner, user, address, kind, which):
    ids = make_things(user)["ids"]

    assert owner.get(address.format(**ids)).status_code == 200

    (seen,) = told(action="view.seen")
    assert (seen.account, seen.actor, seen.key) == (user.pk, user.pk, None)
    assert (seen.object_kind, seen.detail.get("which")) == (kind, which)
    name = {"anchor": "anchor", "person": "person", "verification": "verdict"}[kind]
    assert seen.object_id == (str(ids[name]) if "{" in address else "")


def test_what_a_program_reads_is_noted_with_its_key(user):
    ids = make_things(user)["ids"]
    api = program(user)

    for path in ("people/{person}/", "verifications/{verdict}/", "anchors/{anchor}/"):
        assert api.get(f"/api/v1/{path.format(**ids)}").status_code == 200

    seen = told(action="view.seen")
    assert [each.object_id for each in seen] == [
        str(ids["person"]),
        str(ids["verdict"]),
        str(ids["anchor"]),
    ]
    assert {each.key for each in seen} == {UUID(str(user.api_keys.get(name="program").pk))}


def test_who_finds_nothing_has_seen_nothing(other, user):
    ids = make_things(user)["ids"]

    assert other.get(f"/photos/{ids['anchor']}/image.jpg").status_code == 404

    assert told(action="view.seen") == []
