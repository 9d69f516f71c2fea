"""/history/: who was found, whose faces, and batches among the comparisons."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile

from tests.support.pair_lists import LIST_BYTES, archive
from tests.support.people import anchor, person, words
from tests.support.photos import photo
from tests.support.rows import verification
from verification.batches.services import batch_create
from verification.history import filters, services
from verification.history.filters import HistoryFilter
from verification.models import Batch, Verification

URL = "/history/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def titles(client, **query) -> list[str]:
    page = client.get(URL, query)
    assert page.status_code == 200
    return re.findall(r'history__title"><a [^>]*>([^<]*)</a>', page.content.decode())


def batch(owner, title: str, at: datetime = NOON) -> Batch:
    row = batch_create(
        owner=owner, title=title, pairs=LIST_BYTES, archive=archive({"a.jpg": b"\xff\xd8\xff"})
    )
    Batch.objects.filter(pk=row.pk).update(created_at=at)
    return row


def near(someone, outcome: str) -> dict[str, Any]:
    return {
        "person_id": str(someone.pk),
        "name": someone.name,
        "similarity": 0.8,
        "probability": 0.9,
        "outcome": outcome,
    }


def named(index: int, someone, outcome: str) -> dict[str, Any]:
    return {"index": index, "taken": False, "refusal": None, **near(someone, outcome)}


@pytest.fixture
def ada(user):
    someone = person(user, "Ada")
    anchor(someone, seed=11)
    someone.refresh_from_db()
    return someone


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("match", ">Ada<"), ("inconclusive", ">perhaps Ada<"), ("no_match", ">not Ada<")],
)
def test_a_comparison_with_a_person_names_them(owner, user, ada, outcome, says):
    verification(user, "done", kind="person", person=ada, person_name="Ada", outcome=outcome)

    assert f'history__found"{says}' in owner.get(URL).content.decode()


def test_a_search_says_who_was_found(owner, user, ada):
    verification(user, "done", kind="identify", candidates=[near(ada, "match")])

    assert 'history__found">Ada<' in owner.get(URL).content.decode()


def test_a_search_that_found_nobody_names_nobody_and_shows_nobody(owner, user, ada):
    verification(
        user, "done", kind="identify", outcome="no_match", candidates=[near(ada, "no_match")]
    )

    page = owner.get(URL).content.decode()
    assert "history__found" not in page
    assert f"/photos/{ada.cover_id}/" not in page


def test_a_group_photo_names_those_in_it_and_counts_the_rest(owner, user):
    people = [person(user, f"Person {n}") for n in range(6)]
    faces = [named(n, someone, "match") for n, someone in enumerate(people[:5])]
    verification(
        user, "done", kind="group", named_faces=[*faces, named(5, people[5], "inconclusive")]
    )

    assert "Person 0, Person 1, Person 2, Person 3 and 2 more" in words(owner.get(URL))


def test_both_faces_are_shown_those_compared_or_the_person_from_the_gallery(owner, user, ada):
    pair = verification(user, "done")
    search = verification(user, "done", kind="identify", candidates=[near(ada, "match")])
    for row, sides in ((pair, ("probe", "reference")), (search, ("probe",))):
        for side in sides:
            getattr(row, f"{side}_crop").save("crop", ContentFile(photo()), save=False)
        row.save()

    page = owner.get(URL).content.decode()

    for url in (
        f"/verifications/{pair.pk}/probe_crop.jpg",
        f"/verifications/{pair.pk}/reference_crop.jpg",
        f"/verifications/{search.pk}/probe_crop.jpg",
        f"/photos/{ada.cover_id}/crop.jpg",
    ):
        (shown,) = re.findall(rf'src="({url}[^"]*)"', page)
        assert owner.get(shown).status_code == 200


def test_the_list_can_be_narrowed_to_a_kind(owner, user):
    verification(user, title="pair")
    verification(user, title="search", kind="identify")
    batch(user, "doors")

    assert titles(owner, kind="identify") == ["search"]
    assert titles(owner, kind="batch") == ["doors"]


def test_the_list_can_be_narrowed_to_a_person(owner, user, ada):
    bea = person(user, "Bea")
    verification(user, "done", title="other", kind="person", person=bea)
    verification(
        user, "done", title="not her", kind="identify", outcome="no_match",
        candidates=[near(ada, "no_match")],
    )  # fmt: skip
    verification(user, "done", title="group", kind="group", named_faces=[named(0, ada, "match")])
    verification(user, "done", title="search", kind="identify", candidates=[near(ada, "match")])
    verification(user, "done", title="with her", kind="person", person=ada)

    assert titles(owner, person=ada.pk) == ["with her", "search", "group"]


def test_a_stranger_cannot_ask_for_a_person_of_somebody_else(other, ada):
    page = other.get(URL, {"person": ada.pk}).content.decode()

    assert "Choose somebody of your gallery." in page
    assert "Ada" not in page


def test_a_gallery_too_large_for_a_choice_still_narrows_to_the_person_asked_for(
    owner, user, ada, monkeypatch
):
    monkeypatch.setattr(filters, "MOST_PEOPLE", 1)
    bea = person(user, "Bea")
    verification(user, "done", title="hers", kind="person", person=bea)
    verification(user, "done", title="other", kind="person", person=ada)

    assert titles(owner, person=bea.pk) == ["hers"]
    assert ">Ada</option>" not in owner.get(URL).content.decode()


def test_batches_stand_among_the_comparisons_by_their_time(owner, user):
    for hour in (1, 3):
        verification(user, title=f"at {hour}", created_at=NOON + timedelta(hours=hour))
    batch(user, "doors", NOON + timedelta(hours=2))

    assert titles(owner) == ["at 3", "doors", "at 1"]
    assert "2 comparisons and 1 batch" in owner.get(URL).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "DOORS"}, ["Doors"]),
        ({"q": "windows"}, []),
        ({"first": "2026-03-01", "last": "2026-03-01"}, ["Doors"]),
        ({"first": "2026-03-02"}, []),
        ({"result": "match"}, []),
        ({"review": "none"}, []),
    ],
)
def test_filters_hold_for_batches_too(owner, user, query, found):
    batch(user, "Doors")

    assert titles(owner, **query) == found


def test_selected_comparisons_and_batches_are_deleted_together(owner, user):
    row, doors = verification(user), batch(user, "doors")

    owner.post(f"{URL}delete/", {"ids": [row.pk], "batches": [doors.pk], "confirmed": "yes"})

    assert not Verification.objects.exists()
    assert not Batch.objects.exists()


def test_ids_selected_on_other_pages_come_in_one_value(owner, user):
    rows = [verification(user) for _ in range(3)]

    owner.post(
        f"{URL}delete/", {"ids": [rows[0].pk, f"{rows[1].pk},{rows[2].pk}"], "confirmed": "yes"}
    )

    assert not Verification.objects.exists()


def now() -> str:
    return (datetime.now(UTC) + timedelta(seconds=5)).isoformat()


def test_all_that_match_are_deleted_once_it_was_asked_and_no_others(owner, user):
    for n in range(3):
        verification(user, title=f"door {n}")
    verification(user, title="window")
    batch(user, "door list")
    ask = {"query": "q=door", "until": now()}

    asked = owner.post(f"{URL}delete-matching/", ask)

    assert "Delete 4 entries?" in asked.content.decode()
    assert Verification.objects.count() == 4
    owner.post(f"{URL}delete-matching/", {**ask, "confirmed": "yes"})
    assert [row.title for row in Verification.objects.all()] == ["window"]
    assert not Batch.objects.exists()


def test_what_was_made_after_the_page_was_shown_stays(owner, user):
    verification(user, created_at=NOON)
    later = verification(user, created_at=NOON + timedelta(hours=2))

    owner.post(
        f"{URL}delete-matching/",
        {"query": "", "until": (NOON + timedelta(hours=1)).isoformat(), "confirmed": "yes"},
    )

    assert list(Verification.objects.all()) == [later]


@pytest.mark.parametrize(
    "sent",
    [
        {"query": "first=never", "until": NOON.isoformat()},
        {"query": "q=a", "until": "soon"},
        {"query": "q=a", "until": "2026-99-01T00:00:00Z"},
        {"query": "q=a"},
        {},
    ],
)
def test_a_filter_that_cannot_be_read_deletes_nothing(owner, user, sent):
    verification(user, title="a", created_at=NOON - timedelta(days=1))

    page = owner.post(f"{URL}delete-matching/", {**sent, "confirmed": "yes"}, follow=True)

    assert "Nothing was deleted" in page.content.decode()
    assert Verification.objects.count() == 1


def test_a_stranger_deletes_none_of_all_that_match(other, user):
    verification(user)

    other.post(f"{URL}delete-matching/", {"query": "", "until": now(), "confirmed": "yes"})

    assert Verification.objects.count() == 1


def test_a_long_deletion_stops_in_time_and_says_what_is_left(user, rf, monkeypatch):
    monkeypatch.setattr(services, "AT_A_TIME", 2)
    for n in range(5):
        verification(user, title=f"{n}")
    request = rf.get(URL)
    request.user = user
    everything = HistoryFilter({}, queryset=Verification.objects.all(), request=request).entries()

    until = datetime.now(UTC) + timedelta(seconds=5)
    done = services.matching_delete(owner=user, entries=everything, until=until, seconds=-1)

    assert done == (2, 3)
    assert {row.title for row in Verification.objects.all()} == {"0", "1", "2"}
