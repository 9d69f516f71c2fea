"""/history/dashboard/"""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from faceverify.zones import zone_named
from tests.support.people import words
from tests.support.rows import verification
from verification.history.dashboard import Day, dashboard
from verification.history.dashboard_charts import columns
from verification.models import Verification
from verification.reviews.services import review_set

URL = "/history/dashboard/"

pytestmark = pytest.mark.django_db


def at(hours: float) -> datetime:
    """So many hours before noon of today, in UTC."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return noon - timedelta(hours=hours)


def test_results_are_counted_by_day_and_by_what_they_ended_with(user):
    for outcome in ("match", "match", "no_match", "inconclusive"):
        verification(user, "done", outcome=outcome, created_at=at(24))
    verification(user, "refused", created_at=at(0))
    verification(user, "failed", created_at=at(0))
    verification(user, created_at=at(0))  # has not ended

    found = dashboard(owner=user, days=7)

    *_earlier, yesterday, today = found.days
    assert yesterday.counts == {"match": 2, "no_match": 1, "inconclusive": 1}
    assert today.counts == {"refused": 1, "failed": 1}
    assert (len(found.days), found.verdicts) == (7, 4)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 7, 1)),
        ("Europe/Berlin", date(2026, 7, 2)),
        ("America/New_York", date(2026, 7, 1)),
        ("Asia/Kolkata", date(2026, 7, 2)),  # half an hour beside the others
    ],
)
def test_a_day_is_the_readers(user, monkeypatch, zone, day):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 7, 2, 20, tzinfo=UTC))
    verification(user, "done", created_at=datetime(2026, 7, 1, 22, 40, tzinfo=UTC))

    with timezone.override(zone_named(zone)):
        found = dashboard(owner=user, days=7)

    assert [each.day for each in found.days if each.total] == [day]


def test_what_was_refused_is_counted_by_its_reason(owner, user):
    for code in ("several_faces", "no_face_found", "no_face_found"):
        verification(user, "refused", refusal_code=code)
    verification(user, "done")

    page = words(owner.get(URL))

    assert "Refused 75 %" in page
    assert page.index("No face found 2 67 %") < page.index("Several faces 1 33 %")


def test_the_share_of_verdicts_left_open_leaves_out_what_was_refused(owner, user):
    for state, outcome in (("done", "match"), ("done", "inconclusive"), ("refused", "")):
        verification(user, state, outcome=outcome)

    assert "Left open 50 % of 2 verdicts" in words(owner.get(URL))


def test_the_drawing_has_the_same_numbers_as_its_table(owner, user):
    for outcome in ("match", "match", "no_match"):
        verification(user, "done", outcome=outcome)

    page = owner.get(URL, {"days": 7})
    text = page.content.decode()

    heights = re.findall(r'columns__part--(\w+)" .*?height="([\d.]+)"', text)
    assert heights == [("match", "66.67"), ("no_match", "33.33")]
    assert re.search(r"\d{4} 2 1 0 0 0 3", words(page))


def test_the_parts_of_a_column_stand_on_each_other():
    day = Day(date(2026, 3, 1))
    day.counts.update({"match": 1, "no_match": 2, "refused": 1})

    drawn = [(part.name, part.y, part.height) for part in columns([day])]

    assert drawn == [
        ("match", "75.00", "25.00"),
        ("no_match", "25.00", "50.00"),
        ("refused", "0.00", "25.00"),
    ]


def test_agreement_storage_and_what_waits_are_told(owner, user):
    review_set(verification=verification(user, "done"), answer="right")
    verification(user)

    page = words(owner.get(URL))

    assert "You reviewed 1 of 1 verdict" in page
    assert re.search(r"Comparisons, searches, photos of people No worker 1 0", page)
    assert "Comparisons 2" in page


def test_it_can_be_opened_before_anything_was_compared(owner):
    page = words(owner.get(URL))

    assert "Nothing was compared in the last 30 days." in page
    assert "Nothing of yours is waiting." in page


@pytest.mark.parametrize("days", ["", "x", "-1", "100000000", "٣"])
def test_a_period_that_is_not_offered_is_the_usual_one(owner, days):
    assert "in the last 30 days" in words(owner.get(URL, {"days": days}))


@pytest.mark.parametrize("rows", [1, 40])
def test_the_number_of_queries_does_not_grow(owner, user, rows, django_assert_max_num_queries):
    template = verification(user, "done")
    Verification.objects.bulk_create(
        Verification(owner=user, title=f"{n}", probe_image=template.probe_image.name)
        for n in range(rows)
    )

    with django_assert_max_num_queries(45):  # one for each table that has files or jobs
        owner.get(URL)


def test_a_stranger_sees_none_of_the_numbers(other, user):
    verification(user, "done")

    assert "Nothing was compared" in words(other.get(URL))
