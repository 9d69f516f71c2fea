"""What an account sees of its own log: the page Activity, its files, and GET /api/v1/audit/."""

import csv
import hashlib
import json

import pytest

from accounts.audit.actions import Action
from accounts.audit.buffer import buffer
from accounts.audit.export import COLUMNS
from accounts.audit.services import record
from accounts.services import api_key_create
from tests.support.audit import told
from tests.support.clients import program
from tests.support.rows import verification

pytestmark = pytest.mark.django_db

PAGE, API = "/account/activity/", "/api/v1/audit/"


@pytest.fixture
def noted(user, stranger):
    """An entry of each of several kinds, one of them a stranger's."""
    key, _secret = api_key_create(owner=user, name="gate camera")
    record(action=Action.EXPORTED, account=user.pk, object=("galleryexport", key.pk), count=3)
    record(action=Action.STAFF, account=user.pk, actor=stranger.pk, what="quota")
    record(action=Action.CLOSED, account=stranger.pk)
    return key


def test_the_page_tells_what_was_done_and_by_whom(owner, user, noted):
    page = owner.get(PAGE).content.decode()

    assert "API key created" in page
    assert "Export ordered" in page
    assert "by staff" in page
    assert "Signed in" in page
    assert "by you" in page
    assert "Account closed" not in page


def test_the_page_leads_to_what_is_still_there(owner, user):
    verdict, gone = verification(user, "done"), verification(user, "done")
    for row in (verdict, gone):
        owner.get(f"/verifications/{row.pk}/")
    id = str(gone.pk)
    gone.delete()
    buffer.flush()

    page = owner.get(PAGE).content.decode()

    assert f'href="/verifications/{verdict.pk}/"' in page
    assert id in page
    assert f'href="/verifications/{id}/"' not in page


def test_the_page_can_be_filtered(owner, noted):
    page = owner.get(PAGE, {"kind": "key"}).content.decode()
    assert "API key created" in page
    assert "Export ordered" not in page

    wrong = owner.get(PAGE, {"first": "yesterday"}).content.decode()
    assert "Write the day as 2026-01-31." in wrong


def test_the_page_is_cut_into_pages_of_fifty(owner, user, django_assert_max_num_queries):
    for _ in range(60):
        record(action=Action.SETTINGS, account=user.pk)

    with django_assert_max_num_queries(8):
        first = owner.get(PAGE).content.decode()

    assert first.count('class="activity__entry"') == 50
    assert owner.get(PAGE, {"page": 2}).content.decode().count('class="activity__entry"') == 11


def test_the_csv_has_a_row_for_each_entry_of_the_account(owner, user, noted):
    before = [each for each in told() if each.account == user.pk]

    answer = owner.get(f"{PAGE}entries.csv")

    rows = list(csv.reader(answer.getvalue().decode().splitlines()))
    assert answer["Content-Disposition"] == 'attachment; filename="activity.csv"'
    assert tuple(rows[0]) == COLUMNS
    assert {row[COLUMNS.index("account")] for row in rows[1:]} == {str(user.pk)}
    assert len(rows) == 1 + len(before) + 1  # the export itself is noted
    assert "log.exported" in rows[1]


def test_the_hash_of_an_entry_can_be_computed_from_its_line(owner, user, noted):
    buffer.flush()

    lines = owner.get(f"{PAGE}entries.jsonl").getvalue().decode().splitlines()

    sealed = [entry for line in lines if (entry := json.loads(line))["hash"]]
    assert len(sealed) >= 3
    for entry in sealed:
        hash, _seal = entry.pop("hash"), entry.pop("seal")
        canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(canonical.encode()).hexdigest() == hash


def test_a_program_reads_the_log_with_a_scope_of_its_own(user, noted):
    api = program(user, scopes=["audit:read"])
    # The key of this program is the newest.
    body = api.get(API, {"kind": "key"}).json()

    assert [each["action"] for each in body["results"]] == ["key.created", "key.created"]
    oldest = body["results"][-1]
    assert oldest["object_id"] == str(noted.pk)
    assert oldest["detail"] == {"scopes": noted.scopes}


def test_the_log_is_filtered_by_what_and_which(user, noted):
    api = program(user, scopes=["audit:read"])

    by_object = api.get(API, {"object_kind": "galleryexport", "object_id": str(noted.pk)}).json()
    by_action = api.get(API, {"action": "staff.acted"}).json()

    assert [each["action"] for each in by_object["results"]] == ["data.exported"]
    assert [each["detail"] for each in by_action["results"]] == [{"what": "quota"}]
    assert api.get(API, {"kind": "faces"}).status_code == 400
    assert api.get(API, {"created_after": "tomorrow"}).status_code == 400


def test_a_key_does_not_have_the_scope_unless_it_is_given(api):
    answer = api.get(API)

    assert answer.status_code == 403
    assert answer.json()["required_scopes"] == ["audit:read"]


def test_the_scope_opens_nothing_else(user):
    api = program(user, scopes=["audit:read"])

    for path in ("people/", "verifications/", "keys/", "exports/"):
        assert api.get(f"/api/v1/{path}").status_code == 403
