"""GET /api/v1/verifications/"""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from faceverify.api.filters import TimeField
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification.gallery.galleries import create_gallery

URL = "/api/v1/verifications/"

pytestmark = pytest.mark.django_db


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_owner_lists_their_own_newest_first(api, user, stranger):
    older, newer = verification(user), verification(user, "done")
    verification(stranger)

    assert ids(api.get(URL)) == [str(newer.pk), str(older.pk)]


def test_anonymous_is_told_to_authenticate(anonymous_api):
    assert_problem(anonymous_api.get(URL), 401, "not_authenticated")


def test_pages_follow_each_other_without_gap_or_repeat(api, user):
    rows = [str(verification(user).pk) for _ in range(5)]

    first = api.get(URL, {"page_size": 2})
    verification(user)  # the list grows while it is read
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])

    assert ids(first) + ids(second) + ids(third) == rows[::-1]
    assert third.json()["next"] is None


def test_a_cursor_with_a_time_that_no_row_can_have_is_refused(api, user):
    verification(user)
    cursor = base64.b64encode(b"p=0001-01-01T00:00:00+20:00").decode()

    assert_problem(api.get(URL, {"cursor": cursor}), 400, "invalid")


def test_a_bad_cursor_is_not_found(api):
    assert_problem(api.get(URL, {"cursor": "x"}), 404, "not_found")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "done"}, ["done"]),
        ({"state": ["done", "failed"]}, ["failed", "done"]),
        ({"outcome": "match"}, ["done"]),
        ({"outcome": "no_match"}, []),
        ({"source": "api"}, []),
        ({"q": "FRONT"}, ["done"]),
        ({"q": "passport"}, ["failed"]),
    ],
)
def test_filters(api, user, query, found):
    rows = {
        str(verification(user).pk): "pending",
        str(verification(user, "done", title="Front desk").pk): "done",
        str(verification(user, "failed", reference_name="passport.jpg").pk): "failed",
    }

    assert [rows[id] for id in ids(api.get(URL, query))] == found


def test_filter_by_time(api, user):
    now = timezone.now()
    old = verification(user, created_at=now - timedelta(days=2))
    new = verification(user, created_at=now)
    day = (now - timedelta(days=1)).isoformat()

    assert ids(api.get(URL, {"created_after": day})) == [str(new.pk)]
    assert ids(api.get(URL, {"created_before": day})) == [str(old.pk)]


def test_a_time_reaches_the_database_in_utc():
    """PostgreSQL refuses offsets of 16 hours and more."""
    time = TimeField().to_python("2026-01-31T12:00:00-20:39")

    assert time.isoformat() == "2026-02-01T08:39:00+00:00"


@pytest.mark.parametrize(
    "query",
    [
        {"state": "asleep"},
        {"created_after": "yesterday"},
        {"created_after": "0001-01-01T00:00:00+20:00"},
        {"created_before": "9999-12-31T23:59:59-20:00"},
    ],
)
def test_a_bad_filter_is_named(api, query):
    body = assert_problem(api.get(URL, query), 400, "invalid")

    assert body["errors"].keys() == query.keys()


def test_the_number_of_queries_does_not_grow_with_the_rows(api, user, django_assert_num_queries):
    verification(user)
    api.get(URL)  # notes that the key was used
    for rows in (2, 10):
        for _ in range(rows):
            verification(user, "done")
        with django_assert_num_queries(2):  # the key with its owner; the page
            api.get(URL)


def test_of_one_gallery(api, user, stranger):
    staff = create_gallery(owner=user, name="Staff")
    searched = verification(user, "done", gallery=staff)
    verification(user, "done")
    hidden = create_gallery(owner=stranger, name="Hidden")

    assert ids(api.get(URL, {"gallery": str(staff.pk)})) == [str(searched.pk)]
    assert_problem(api.get(URL, {"gallery": str(hidden.pk)}), 404, "not_found")
