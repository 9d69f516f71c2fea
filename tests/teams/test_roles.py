"""Every operation and every page about one thing of a shared gallery, as a member of each role.

A new operation or page about one thing is nothing to members until it is named here.
"""

import pytest
from django.db import transaction

from faceverify.api.scopes import Scope
from tests.api.test_matrix import MATRIX, send
from tests.architecture.test_page_matrix import FOR_STAFF, HTMX, addresses, form
from tests.support.clients import browser, program
from tests.support.teams import member
from tests.support.things import make_things, rows
from verification.gallery.gallery_models import Gallery

pytestmark = pytest.mark.django_db

ROLES = ["viewer", "reviewer", "editor", "owner"]

# The role that an operation needs. All others are about what belongs to who made it alone.
OPERATIONS = {
    ("get", "people/<person>/"): "viewer",
    ("get", "people/<person>/anchors/"): "viewer",
    ("get", "anchors/<anchor>/"): "viewer",
    ("get", "calibrations/<calibration>/"): "viewer",
    ("get", "galleries/<gallery>/"): "viewer",
    ("get", "galleries/<gallery>/anchors/"): "viewer",
    ("get", "galleries/<team>/members/"): "viewer",
    ("post", "anchors/<anchor>/confirm/"): "reviewer",
    ("post", "suggestions/<suggestion>/dismiss/"): "reviewer",
    ("patch", "people/<person>/"): "editor",
    ("delete", "people/<person>/"): "editor",
    ("post", "people/<person>/merge/"): "editor",
    ("post", "people/<person>/split/"): "editor",
    ("post", "people/<person>/anchors/"): "editor",
    ("post", "people/<person>/embeddings/"): "editor",
    ("post", "people/<person>/copy/"): "editor",
    ("post", "galleries/<gallery>/anchors/"): "editor",
    ("patch", "anchors/<anchor>/"): "editor",
    ("delete", "anchors/<anchor>/"): "editor",
    ("get", "changes/<change>/"): "editor",
    ("delete", "changes/<change>/"): "editor",
    ("post", "changes/<change>/undo/"): "editor",
    ("post", "calibrations/<calibration>/apply/"): "owner",
    ("patch", "galleries/<gallery>/"): "owner",
    ("get", "people/<person>/erase/"): "owner",
    ("post", "people/<person>/erase/"): "owner",
    ("patch", "galleries/<team>/members/<member>/"): "owner",
    ("delete", "galleries/<team>/members/<member>/"): "owner",
    ("get", "galleries/<team>/invitations/"): "owner",
    ("post", "galleries/<team>/invitations/"): "owner",
    ("delete", "galleries/<team>/invitations/<team_invitation>/"): "owner",
    ("post", "galleries/<team>/hand_over/"): "owner",
}
# (role to see, role to change) of pages; None: there is nothing to see, or to change.
PAGES = {
    "people/<uuid:id>/": ("viewer", None),
    "people/<uuid:id>/edit/": ("editor", "editor"),
    "people/<uuid:id>/delete/": ("editor", "editor"),
    "people/<uuid:id>/merge/": ("editor", "editor"),
    "people/<uuid:id>/erase/": ("owner", "owner"),
    "people/<uuid:id>/photos/": (None, "editor"),
    "people/<uuid:id>/photos/selected/": (None, "editor"),
    "people/<uuid:id>/photos/move/": (None, "editor"),
    "people/suggestions/<uuid:id>/dismiss/": (None, "reviewer"),
    "photos/<uuid:id>/": ("viewer", None),
    "photos/<uuid:id>/delete/": (None, "editor"),
    "photos/<uuid:id>/cover/": (None, "editor"),
    "photos/<uuid:id>/face/": (None, "editor"),
    "photos/<uuid:id>/retry/": (None, "editor"),
    "photos/<uuid:id>/confirm/": (None, "reviewer"),
    "photos/<uuid:id>/image.jpg": ("viewer", None),
    "photos/<uuid:id>/crop.jpg": ("viewer", None),
    "galleries/<uuid:id>/": ("viewer", "owner"),
    "galleries/<uuid:id>/delete/": ("owner", None),
    "galleries/<uuid:id>/faces/": ("viewer", "editor"),
    "galleries/<uuid:id>/faces/name/": (None, "editor"),
    "galleries/<uuid:id>/members/": ("viewer", "owner"),
    "galleries/<uuid:id>/members/role/": (None, "owner"),
    "galleries/<uuid:id>/members/withdraw/": (None, "owner"),
    "galleries/<uuid:id>/members/leave/": ("viewer", "viewer"),
}
DENIED = (403, 404)


def allowed(role: str, needed: str | None) -> bool:
    return needed is not None and ROLES.index(role) >= ROLES.index(needed)


@pytest.fixture(params=ROLES)
def role(request) -> str:
    return request.param


@pytest.fixture
def things(user, stranger, role) -> dict:
    """Of which the stranger is a member with the role, in both galleries of the owner."""
    things = make_things(user)
    for gallery in Gallery.objects.filter(owner=user):
        member(gallery, stranger, role)
    return things | {"before": rows()}


def test_operations(stranger, things, role):
    client = program(stranger, scopes=Scope.values)
    before, wrong = rows(), {}
    for method, path in MATRIX:
        if "<" not in path:
            continue
        savepoint = transaction.savepoint()
        status = send(client, method, path, things).status_code
        may = allowed(role, OPERATIONS.get((method, path)))
        if (status in DENIED) is may or (not may and rows() != before):
            wrong[method, path] = status
        transaction.savepoint_rollback(savepoint)

    assert wrong == {}


def test_pages(stranger, things, role):
    client = browser(stranger)
    before, wrong = rows(), {}
    for route, url in addresses(things):
        if "<uuid" not in route or route.startswith(FOR_STAFF):
            continue
        see, change = PAGES.get(_page(route, url), (None, None))
        savepoint = transaction.savepoint()
        got = client.get(url, headers=HTMX).status_code
        if see and (got == 200) is not allowed(role, see):
            wrong["get", url] = got
        sent = client.post(url, form(things)).status_code
        if change and (sent in DENIED) is allowed(role, change):
            wrong["post", url] = sent
        if role != "owner" and not allowed(role, change) and rows() != before:
            wrong["changed by a post", url] = sent
        transaction.savepoint_rollback(savepoint)

    assert wrong == {}


def _page(route: str, url: str) -> str:
    """A route with its last parts as they are in the address."""
    begin, id, _rest = route.partition("<uuid:id>/")
    return begin + id + url.removeprefix(f"/{begin}").partition("/")[2] if id else route
