"""Every operation of /api/v1/ as anonymous, as a stranger, as the owner, with a key of another
scope, with one that expired. A new operation fails here until it is listed."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey, User
from accounts.services import api_key_create
from faceverify.api.endpoint import Endpoint
from faceverify.api.scopes import Scope
from tests.support.clients import program
from tests.support.embeddings import numbers_sent
from tests.support.problems import assert_problem
from tests.support.routes import API, api_methods, plain, routes
from tests.support.things import LIST_BYTES, make_things, plain_file, rows, upload, zipped

OPEN = {"schema/", "docs/"}
# The interface of CompreFace has its own key, errors and tests, see tests/compreface/.
OF_OTHERS = ("recognition/", "detection/", "verification/")

pytestmark = pytest.mark.django_db


# (method, path): (what to send, the owner's status, the scopes of which any one will do)
# In a path, <name> is the id of one of the owner's things (see things.py).
NUMBERS = ("embeddings",)
VERIFY, HISTORY, DELETE = ("verify",), ("history:read",), ("history:write",)
READ, WRITE, ADMIN, ANY = ("gallery:read",), ("gallery:write",), ("admin",), tuple(Scope.values)
MATRIX = {
    ("get", ""): (None, 200, ANY),
    ("get", "verifications/"): (None, 200, HISTORY),
    # Nobody can look here: no worker is running.
    ("post", "detect/"): (lambda: {"photo": upload()}, 503, VERIFY),
    ("post", "embeddings/"): (lambda: {"photo": upload()}, 503, NUMBERS),
    ("post", "embeddings/search/"): (
        numbers_sent,
        503,
        NUMBERS,
    ),
    ("post", "verifications/dry/"): (
        lambda: {"probe": upload(), "reference": upload(2)},
        503,
        VERIFY,
    ),
    ("post", "identifications/dry/"): (lambda: {"probe": upload()}, 503, VERIFY),
    ("post", "verifications/"): (lambda: {"probe": upload(), "reference": upload(2)}, 202, VERIFY),
    ("get", "verifications/<verification>/"): (None, 200, HISTORY + VERIFY),
    ("get", "verifications/<verdict>/report/"): (None, 200, HISTORY + VERIFY),
    ("get", "verifications/<explained>/explanation/"): (None, 200, HISTORY + VERIFY),
    ("post", "verifications/<verdict>/explanation/"): (
        None,
        409,
        VERIFY,
    ),  # its faces are not there
    ("delete", "verifications/<verification>/"): (None, 204, DELETE),
    ("put", "verifications/<verdict>/review/"): (lambda: {"answer": "right"}, 200, VERIFY),
    ("delete", "verifications/<verdict>/review/"): (None, 204, DELETE),
    ("post", "identifications/"): (lambda: {"probe": upload()}, 202, VERIFY),
    ("post", "group_identifications/"): (lambda: {"probe": upload()}, 202, VERIFY),
    ("post", "searches/"): (lambda: {"probe": upload(), "photos": [upload(2)]}, 202, VERIFY),
    ("get", "searches/<search>/"): (None, 200, HISTORY),
    ("get", "agreement/"): (None, 200, HISTORY),
    ("get", "reviewed_pairs/"): (None, 200, HISTORY),
    ("get", "galleries/"): (None, 200, READ),
    ("post", "galleries/"): (lambda: {"name": "Door"}, 201, WRITE),
    ("get", "galleries/<gallery>/"): (None, 200, READ),
    ("patch", "galleries/<gallery>/"): (lambda: {"name": "Door"}, 200, WRITE),
    ("delete", "galleries/<gallery>/"): (None, 204, WRITE),
    ("get", "galleries/<gallery>/anchors/"): (None, 200, READ),
    ("post", "galleries/<gallery>/anchors/"): (lambda: {"image": upload(9)}, 202, WRITE),
    ("get", "people/"): (None, 200, READ),
    ("post", "people/"): (lambda: {"name": "Cy"}, 201, WRITE),
    ("get", "bulk_changes/"): (None, 200, READ),
    ("get", "bulk_changes/<bulk_change>/"): (None, 200, READ),
    ("post", "bulk_changes/<bulk_change>/stop/"): (None, 200, WRITE),
    ("post", "bulk_changes/<failed_bulk_change>/retry/"): (None, 202, WRITE),
    ("post", "bulk_changes/<ended_bulk_change>/undo/"): (None, 409, WRITE),  # it deleted nobody
    ("delete", "bulk_changes/<ended_bulk_change>/"): (None, 204, WRITE),
    ("get", "people/<person>/"): (None, 200, READ),
    ("patch", "people/<person>/"): (lambda: {"note": "new"}, 200, WRITE),
    ("delete", "people/<person>/"): (None, 200, WRITE),
    ("post", "people/<person>/merge/"): ("other", 200, WRITE),
    ("post", "people/selection/"): ("selection", 200, WRITE),
    ("get", "unknown_faces/"): (None, 404, READ),  # nobody has asked for them
    ("post", "unknown_faces/"): (None, 202, WRITE),
    ("post", "unknown_faces/name/"): ("faces", 409, WRITE),  # they are not gathered
    ("post", "unknown_faces/dismiss/"): ("places", 409, WRITE),
    ("post", "people/<person>/split/"): ("split", 201, WRITE),
    ("post", "people/<person>/copy/"): ("copy", 201, WRITE),
    ("get", "people/<person>/anchors/"): (None, 200, READ),
    ("post", "people/<person>/anchors/"): (lambda: {"image": upload(9)}, 202, WRITE),
    ("post", "people/<person>/embeddings/"): (numbers_sent, 201, WRITE),
    ("get", "anchors/<anchor>/"): (None, 200, READ),
    ("patch", "anchors/<anchor>/"): ("move", 200, WRITE),
    ("delete", "anchors/<anchor>/"): (None, 200, WRITE),
    ("post", "anchors/<anchor>/confirm/"): (None, 200, WRITE),
    ("get", "changes/"): (None, 200, READ),
    ("get", "changes/<change>/"): (None, 200, READ),
    ("delete", "changes/<change>/"): (None, 204, WRITE),
    ("post", "changes/<change>/undo/"): (None, 200, WRITE),
    ("get", "suggestions/"): (None, 200, READ),
    ("post", "suggestions/<suggestion>/dismiss/"): (None, 200, WRITE),
    ("get", "models/"): (None, 200, ANY),
    ("get", "operating_points/"): (None, 200, ANY),
    ("get", "usage/"): (None, 200, ANY),
    ("get", "keys/"): (None, 200, ADMIN),
    ("post", "keys/"): (lambda: {"name": "new"}, 201, ADMIN),
    ("get", "keys/<key>/"): (None, 200, ADMIN),
    ("patch", "keys/<key>/"): (lambda: {"name": "new"}, 200, ADMIN),
    ("delete", "keys/<key>/"): (None, 204, ADMIN),
    ("post", "keys/<key>/rotate/"): (dict, 201, ADMIN),
    ("get", "audit/"): (None, 200, ("audit:read",)),
    ("get", "model_change/"): (None, 200, HISTORY),
    ("get", "calibrations/"): (None, 200, READ),
    ("post", "calibrations/"): (None, 202, WRITE),  # the one under way
    ("get", "calibrations/<calibration>/"): (None, 200, READ),
    ("post", "calibrations/<calibration>/apply/"): (None, 409, WRITE),  # it is not done
    ("get", "calibration/"): (None, 200, READ),
    ("delete", "calibration/"): (None, 204, WRITE),
    ("get", "batches/"): (None, 200, HISTORY + VERIFY),
    ("post", "batches/"): (
        lambda: {"pairs": plain_file(LIST_BYTES), "archive": plain_file(zipped())},
        202,
        VERIFY,
    ),
    ("get", "batches/<batch>/"): (None, 200, HISTORY + VERIFY),
    ("delete", "batches/<batch>/"): (None, 204, DELETE),
    ("post", "batches/<batch>/retry/"): (None, 409, VERIFY),  # it has not failed
    ("get", "batches/<batch>/results/"): (None, 200, HISTORY + VERIFY),
    ("get", "batches/<batch>/results.csv"): (None, 200, HISTORY + VERIFY),
    ("post", "live_sessions/"): (lambda: {"task": "verify", "photo": upload()}, 201, VERIFY),
    ("get", "live_sessions/<live>/"): (None, 200, HISTORY + VERIFY),
    ("delete", "live_sessions/<live>/"): (None, 204, VERIFY),
    ("get", "imports/"): (None, 200, READ),
    ("post", "imports/"): (lambda: {"archive": plain_file(zipped())}, 202, WRITE),
    ("post", "imports/compreface/"): (
        lambda: {"address": "https://faces.example.org", "api_key": "key"},
        202,
        WRITE,
    ),
    ("get", "imports/<import>/"): (None, 200, READ),
    ("delete", "imports/<import>/"): (None, 204, WRITE),
    ("get", "imports/<import>/files/"): (None, 200, READ),
    ("post", "imports/<import>/retry/"): (None, 409, WRITE),  # it has not failed
    ("get", "exports/"): (None, 200, READ),
    ("post", "exports/"): (dict, 202, WRITE),
    ("get", "exports/<export>/"): (None, 200, READ),
    ("delete", "exports/<export>/"): (None, 204, WRITE),
    ("get", "exports/<export>/download/"): (None, 404, READ),  # it is not made yet
    ("post", "exports/<export>/retry/"): (None, 409, WRITE),  # it has not failed
    ("get", "retention/"): (None, 200, HISTORY),
    ("patch", "retention/"): (lambda: {"days": {"photos": 30}}, 200, ADMIN),
    ("get", "receipts/"): (None, 200, HISTORY),
    ("get", "receipts/<receipt>/"): (None, 200, HISTORY),
    ("get", "people/<person>/erase/"): (None, 200, ADMIN),
    ("post", "people/<person>/erase/"): (lambda: {"name": "Ada"}, 200, ADMIN),
    ("get", "downloads/"): (None, 200, ADMIN),
    ("post", "downloads/"): (None, 202, ADMIN),
    ("get", "downloads/<download>/"): (None, 200, ADMIN),
    ("delete", "downloads/<download>/"): (None, 204, ADMIN),
    ("get", "downloads/<download>/content/"): (None, 404, ADMIN),  # it is not made yet
    ("post", "downloads/<download>/retry/"): (None, 409, ADMIN),  # it has not failed
    ("get", "galleries/<team>/members/"): (None, 200, ADMIN),
    ("patch", "galleries/<team>/members/<member>/"): (lambda: {"role": "viewer"}, 200, ADMIN),
    ("delete", "galleries/<team>/members/<member>/"): (None, 204, ADMIN),
    ("get", "galleries/<team>/invitations/"): (None, 200, ADMIN),
    ("post", "galleries/<team>/invitations/"): (
        lambda: {"email": "new@example.net", "role": "editor"},
        201,
        ADMIN,
    ),
    ("delete", "galleries/<team>/invitations/<team_invitation>/"): (None, 204, ADMIN),
    ("post", "galleries/<team>/hand_over/"): ("hand_over", 204, ADMIN),
    ("get", "gallery_invitations/"): (None, 200, ADMIN),
    ("post", "gallery_invitations/<invited>/accept/"): (dict, 200, ADMIN),
    ("post", "gallery_invitations/<invited>/decline/"): (None, 204, ADMIN),
    ("get", "webhooks/"): (None, 200, ADMIN),
    ("post", "webhooks/"): (
        lambda: {"url": "https://receiver.example.org/", "events": ["verification.completed"]},
        201,
        ADMIN,
    ),
    ("get", "webhooks/<webhook>/"): (None, 200, ADMIN),
    ("patch", "webhooks/<webhook>/"): (lambda: {"description": "new"}, 200, ADMIN),
    ("delete", "webhooks/<webhook>/"): (None, 204, ADMIN),
    ("post", "webhooks/<webhook>/rotate/"): (None, 200, ADMIN),
    ("post", "webhooks/<webhook>/test/"): (None, 202, ADMIN),
    ("get", "webhooks/<webhook>/deliveries/"): (None, 200, ADMIN),
    ("get", "webhook_deliveries/<delivery>/"): (None, 200, ADMIN),
    ("post", "webhook_deliveries/<delivery>/resend/"): (None, 202, ADMIN),
}
ROWS = pytest.mark.parametrize(("method", "path"), MATRIX, ids=lambda part: str(part))


def operations():
    """(method, pattern, view class) of each operation that the URL conf has."""
    for route in routes():
        path = route.pattern.removeprefix(API).removeprefix("^")
        if route.pattern.startswith(API) and path not in OPEN and not path.startswith(OF_OTHERS):
            for method in api_methods(route.view):
                yield method, plain(path), route.view.cls


def test_every_operation_is_listed_and_no_other():
    assert sorted((m, p) for m, p, _view in operations()) == sorted(
        (m, plain(p)) for m, p in MATRIX
    )


def test_every_view_is_an_endpoint_that_names_its_scopes():
    for method, path, view in operations():
        assert issubclass(view, Endpoint), (method, path)


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """The owner and what there is of theirs, made once: each test takes back what it changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        owner = User.objects.create_user("owner@example.org", "correct horse 9")
        yield owner, make_things(owner)
        transaction.set_rollback(True)


@pytest.fixture
def user(made, db):
    return User.objects.get(pk=made[0].pk)


@pytest.fixture
def things(made, db) -> dict:
    return made[1]


def send(client, method: str, path: str, things: dict):
    said = MATRIX[method, path][0]
    data = things["bodies"][said] if isinstance(said, str) else said and said()
    for name, id in things["ids"].items():
        path = path.replace(f"<{name}>", str(id))
    assert "<" not in path, path
    files = data and any(isinstance(value, SimpleUploadedFile) for value in data.values())
    how = {"format": "multipart" if files else "json"} if method != "get" else {}
    return getattr(client, method)(f"/api/v1/{path}", data, **how)


@ROWS
def test_the_owner_may(user, things, method, path):
    answer = send(program(user, scopes=Scope.values), method, path, things)

    assert answer.status_code == MATRIX[method, path][1], answer.content
    assert answer["X-Request-ID"]
    assert answer["RateLimit"]


@ROWS
def test_anonymous_may_not(things, method, path):
    client = APIClient(raise_request_exception=False)

    assert_problem(send(client, method, path, things), 401, "not_authenticated")
    assert rows() == things["before"]


@ROWS
def test_an_expired_key_may_not(user, things, method, path):
    key, secret = api_key_create(owner=user, name="old", scopes=Scope.values)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert_problem(send(client, method, path, things), 401, "invalid_api_key")
    key.delete()
    assert rows() == things["before"]


@ROWS
def test_each_scope_opens_what_it_names_and_nothing_else(user, things, method, path):
    _said, status, needed = MATRIX[method, path]
    if others := set(Scope.values) - set(needed):
        client = program(user, scopes=others)  # if one of them opened it, all together would
        body = assert_problem(send(client, method, path, things), 403, "missing_scope")
        assert set(body["required_scopes"]) == set(needed)
    ApiKey.objects.filter(name="program").delete()
    assert rows() == things["before"]

    client = program(user, scopes=[needed[0]])
    assert send(client, method, path, things).status_code == status


@pytest.mark.parametrize("is_staff", [False, True], ids=["stranger", "staff"])
@ROWS
def test_a_stranger_finds_nothing_and_staff_no_more(stranger, things, method, path, is_staff):
    stranger.is_staff = stranger.is_superuser = is_staff
    stranger.save()
    client = program(stranger, scopes=Scope.values)

    answer = send(client, method, path, things)

    if "<" in path:
        assert_problem(answer, 404, "not_found")
    told = answer.getvalue().decode("latin-1")
    assert not [id for id in things["ids"].values() if str(id) in told]
    stranger.delete()
    assert rows() == things["before"]
