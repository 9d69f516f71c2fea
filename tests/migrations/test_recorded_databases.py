"""Databases that earlier versions filled, one row of every table at least, migrated to the newest."""

from contextlib import nullcontext

import pytest
import requests

from tests.support import recorded
from tests.support.servers import postgres_server, site

# Where the API shows a recorded row; None where it appears within another or in a list alone.
PATHS = {
    "accounts.apikey": "keys",
    "accounts.auditentry": None,
    "accounts.chainhead": None,
    "accounts.user": None,
    "invitations.invitation": None,
    "invitations.invitationuse": None,
    "rest.answerid": None,
    "rest.idempotentrequest": None,
    "verification.accountexport": "downloads",
    "verification.activemodel": None,
    "verification.anchor": "anchors",
    "verification.batch": "batches",
    "verification.batchpair": None,
    "verification.batchphoto": None,
    "verification.change": "changes",
    "verification.closedsteps": None,
    "verification.closingaccount": None,
    "verification.delivery": "webhook_deliveries",
    "verification.deliveryattempt": None,
    "verification.erased": None,
    "verification.explanation": None,
    "verification.facegathering": None,
    "verification.gallerycalibration": "calibrations",
    "verification.galleryexport": "exports",
    "verification.galleryimport": "imports",
    "verification.galleryversion": None,
    "verification.importedfile": None,
    "verification.livesession": "live_sessions",
    "verification.modelpreview": None,
    "verification.person": "people",
    "verification.previewedverdict": None,
    "verification.receipt": None,
    "verification.reportkey": None,
    "verification.retentionrule": None,
    "verification.retentionrun": None,
    "verification.review": None,
    "verification.searchphoto": None,
    "verification.sighting": None,
    "verification.suggestion": None,
    "verification.try": None,
    "verification.verification": "verifications",
    "verification.webhook": "webhooks",
    "verification.worker": None,
}
KEPT = (
    "state", "outcome", "kind", "similarity", "confidence", "probability", "title", "name", "note",
    "file_name", "quality", "url", "events",
)  # fmt: skip
LISTS = (
    "/history/", "/history/agreement/", "/people/", "/people/changes/", "/people/import/",
    "/people/export/", "/batches/", "/calibration/", "/model/", "/account/", "/account/keys/",
    "/account/webhooks/", "/people/unknown/", "/compare/live/", "/history/review/",
    "/history/dashboard/",
)  # fmt: skip
PAGES = {
    "verification.verification": "/verifications/{}/",
    "verification.person": "/people/{}/",
    "verification.anchor": "/photos/{}/",
    "verification.galleryimport": "/people/import/{}/",
    "verification.batch": "/batches/{}/",
    "verification.webhook": "/account/webhooks/{}/",
}
NEW_KEY = """
from accounts.models import User
from accounts.services import api_key_create
from faceverify.api.scopes import Scope
owner = User.objects.get(email={email!r})
print(api_key_create(owner=owner, name="new", scopes=list(Scope.values))[1])
"""

pytestmark = pytest.mark.server


def in_between(kind: str, name: str) -> tuple:
    """The ordinary tests go through every step on SQLite, with the oldest, and take the newest, which
    has rows of most tables, on PostgreSQL."""
    taken = {"sqlite": recorded.NAMES[0], "postgres": recorded.NAMES[-1]}
    return () if name == taken[kind] else (pytest.mark.slow,)


# One parameter for both, so that each database is migrated once for all tests.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param((server, name), id=f"{kind}-{name}", marks=marks + in_between(kind, name))
        for kind, server, marks in (
            ("sqlite", nullcontext, ()),
            ("postgres", postgres_server, (pytest.mark.postgres,)),
        )
        for name in recorded.NAMES
    ],
)
def origin(request):
    return request.param


@pytest.fixture(scope="module")
def name(origin):
    return origin[1]


@pytest.fixture(scope="module")
def migrated(origin, name, tmp_path_factory):
    """The site that serves the migrated database."""
    with origin[0]() as url:
        settings = {"FACEVERIFY_FILE_KEYS": recorded.FILE_KEY}
        settings |= {"DATABASE_URL": url} if url else {}
        with site(tmp_path_factory.mktemp("migrated"), tables=False, **settings) as place:
            restore = f"from tests.support.recorded import restore; restore({name!r})"
            place.run("manage.py", "shell", "--no-imports", "-c", restore)
            yield place.start_web()


@pytest.fixture(scope="module")
def api(migrated):
    """The owner's program."""
    session = requests.Session()
    key = migrated.ask(NEW_KEY.format(email=recorded.EMAIL))
    session.headers["Authorization"] = f"Bearer {key.strip()}"
    return session


def shown_to_the_owner(name: str) -> list[dict]:
    """The rows that the owner has, but for what they deleted and may take back."""
    rows = recorded.rows(name)
    address = {row["pk"]: row["fields"]["email"] for row in rows if "email" in row["fields"]}
    holders = ("verification.person", "verification.webhook")
    by_id = {row["pk"]: row["fields"] for row in rows if row["model"] in holders}

    def belongs(fields: dict) -> bool:
        if fields.get("deleted_in"):
            return False
        if owner := fields.get("owner") or fields.get("owner_id"):
            return address.get(owner) == recorded.EMAIL
        above = fields.get("person") or fields.get("webhook")
        return above is not None and belongs(by_id[above])

    return [row for row in rows if belongs(row["fields"])]


def test_every_row_is_served_to_its_owner_as_it_was(migrated, api, name):
    seen = set()
    for row in shown_to_the_owner(name):
        if not PATHS[row["model"]]:
            continue
        path = f"/api/v1/{PATHS[row['model']]}/{row['pk']}/"
        answer = api.get(migrated.url + path, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        body = answer.json()
        for field in KEPT:
            if field in body and row["fields"].get(field) not in (None, ""):
                assert body[field] == row["fields"][field], f"{field} of {path}"
        seen.add(row["model"])

    recorded_models = {row["model"] for row in recorded.rows(name)}
    assert seen == {model for model, path in PATHS.items() if path} & recorded_models


def test_what_is_a_strangers_stays_theirs(migrated, api, name):
    theirs = [
        row
        for row in recorded.rows(name)
        if row["fields"].get("title") == "A stranger's"
        or row["fields"].get("name") in ("Somebody else's", "stranger's camera")
    ]

    assert len(theirs) == 3
    for row in theirs:
        path = f"/api/v1/{PATHS[row['model']]}/{row['pk']}/"
        assert api.get(migrated.url + path, timeout=60).status_code == 404, path


def test_the_owner_signs_in_and_every_page_shows(migrated, name):
    browser = requests.Session()
    url = f"{migrated.url}/accounts/login/"
    browser.get(url, timeout=60)
    sent = {"login": recorded.EMAIL, "password": recorded.PASSWORD}
    token = {"X-CSRFToken": browser.cookies["csrftoken"]}
    assert browser.post(url, sent, headers=token, timeout=60).url.endswith("/compare/")
    rows = [row for row in shown_to_the_owner(name) if row["model"] in PAGES]

    for path in (*LISTS, *(PAGES[row["model"]].format(row["pk"]) for row in rows)):
        answer = browser.get(migrated.url + path, timeout=60)
        assert (answer.status_code, answer.history) == (200, []), path

    history = browser.get(f"{migrated.url}/history/", timeout=60).text
    assert "One that is refused" in history
    assert "A stranger" not in history


def test_a_row_of_every_table_is_recorded():
    of_before = {"verification.try"}  # has another name since

    newest = {row["model"] for row in recorded.rows(recorded.NAMES[-1])}

    assert newest == PATHS.keys() - of_before
