"""The orders of /api/v1/people/"""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.people import anchor, person
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification.models import Anchor, Person, Sighting

URL = "/api/v1/people/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(user) -> dict[str, Person]:
    """Cy has the most photos, Ada the best, Bea was seen last and added last; Dan has and is nothing."""
    made = {name: person(user, name) for name in ("Cy", "Dan", "Ada", "Bea")}
    for seed, (name, quality) in enumerate((("Cy", 0.5), ("Cy", 0.5), ("Ada", 0.9), ("Bea", 0.2))):
        Anchor.objects.filter(pk=anchor(made[name], seed=seed).pk).update(quality=quality)
    now = timezone.now()
    for name, days in (("Ada", 3), ("Bea", 1)):
        Sighting.objects.create(
            owner=user, person=made[name], verification=verification(user, "done"), at=now - timedelta(days=days)
        )  # fmt: skip
    return made


def listed(api, **query) -> list[str]:
    """All pages, of two people each."""
    names: list[str] = []
    page = api.get(URL, {"page_size": 2, **query}).json()
    while True:
        names += [row["name"] for row in page["results"]]
        if not page["next"]:
            return names
        page = api.get(page["next"]).json()


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("oldest", ["Cy", "Dan", "Ada", "Bea"]),
        ("newest", ["Bea", "Ada", "Dan", "Cy"]),
        ("name", ["Ada", "Bea", "Cy", "Dan"]),
        ("photos", ["Cy", "Ada", "Bea", "Dan"]),
        ("quality", ["Ada", "Cy", "Bea", "Dan"]),
        ("seen", ["Bea", "Ada", "Cy", "Dan"]),
    ],
)
def test_people_come_in_the_order_that_is_asked_for(api, crowd, sort, names):
    assert listed(api, sort=sort) == names


def test_without_an_order_the_oldest_come_first(api, crowd):
    assert listed(api) == ["Cy", "Dan", "Ada", "Bea"]


@pytest.mark.parametrize("sort", ["name", "photos", "quality", "seen"])
def test_people_who_are_alike_in_it_are_all_listed_once(api, user, sort):
    for _ in range(7):
        person(user, "Namesake")

    assert len(listed(api, sort=sort)) == 7


def test_an_order_that_there_is_not_is_refused_with_those_that_there_are(api):
    problem = assert_problem(api.get(URL, {"sort": "beauty"}), 400, "invalid")

    assert "oldest, name, newest" in str(problem)


def test_a_cursor_of_another_order_is_refused(api, crowd):
    after = api.get(URL, {"page_size": 2, "sort": "name"}).json()["next"]

    answer = api.get(after.replace("sort=name", "sort=seen"))

    assert answer.status_code in (200, 400)
