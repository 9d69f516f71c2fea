"""Times and days as the reader's clock has them."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from faceverify.zones import COOKIE, zone_named
from tests.support.rows import verification

pytestmark = pytest.mark.django_db

LATE = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # in Berlin it is the next day


def shown(client) -> str:
    page = client.get("/history/").content.decode()
    return re.findall(r"<time [^>]*>[^<]*</time>", page)[0]


def test_a_time_is_shown_in_the_zone_of_the_browser_and_in_utc_in_its_title(owner, user):
    verification(user, created_at=LATE)
    owner.cookies[COOKIE] = "Europe/Berlin"

    assert shown(owner) == (
        '<time datetime="2026-07-01T22:30:00+00:00" title="Wednesday 1 July 2026, 22:30:00 UTC">'
        "2 July 2026, 00:30</time>"
    )


def test_without_a_known_zone_a_page_says_that_its_times_are_in_utc(owner, user):
    verification(user, created_at=LATE)

    assert shown(owner).endswith(">1 July 2026, 22:30 UTC</time>")


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Crater",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/Berlin\n",
        "a" * 999,
        "",
    ],
)
def test_what_names_no_zone_is_taken_for_none(owner, user, name):
    verification(user, created_at=LATE)
    owner.cookies[COOKIE] = name

    assert zone_named(name) is None
    assert shown(owner).endswith("22:30 UTC</time>")


@pytest.mark.parametrize(
    ("zone", "found"), [("Europe/Berlin", ["2026-07-02"]), ("", ["2026-07-01"])]
)
def test_days_begin_and_end_by_the_readers_clock(owner, user, zone, found):
    verification(user, created_at=LATE)
    owner.cookies[COOKIE] = zone

    days = ("2026-06-30", "2026-07-01", "2026-07-02", "2026-07-03")
    listed = [
        day
        for day in days
        if "1 comparison" in owner.get("/history/", {"first": day, "last": day}).content.decode()
    ]

    assert listed == found


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_of_all_days_can_be_asked_for(owner, user, day):
    verification(user)
    owner.cookies[COOKIE] = "Pacific/Auckland"

    assert owner.get("/history/", {"first": day, "last": day}).status_code == 200


def test_the_api_stays_in_utc(owner, user):
    row = verification(user, created_at=LATE)
    owner.cookies[COOKIE] = "Europe/Berlin"

    assert owner.get(f"/api/v1/verifications/{row.pk}/").json()["created_at"] == (
        "2026-07-01T22:30:00Z"
    )


def test_no_page_writes_a_time_by_itself():
    """A day that belongs to no zone, such as the end of a consent, is no time."""
    pages = Path(settings.BASE_DIR, "templates").rglob("*.html")

    assert [
        page.name for page in pages if re.search(r'date:"[^"]*H|}} UTC', page.read_text())
    ] == []
