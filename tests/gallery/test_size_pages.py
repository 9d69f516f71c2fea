"""A gallery of 200 people and 2,000 photos takes as many queries as a small one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from verification.models import Anchor, Person

pytestmark = pytest.mark.django_db


def fill(owner, people: int, photos: int) -> Person:
    rows = Person.objects.bulk_create(
        Person(owner=owner, name=f"Person {n:04}", tags=["many"] if n % 2 else [])
        for n in range(people)
    )
    anchors = Anchor.objects.bulk_create(
        Anchor(
            owner=owner, person=rows[n % people], state="ready", finished_at=timezone.now(), crop="c",
            content_sha256=f"{n:064x}", model_sha256="a" * 64, quality=0.9, face={"quality": {}, "count": 1},
        )
        for n in range(photos)
    )  # fmt: skip
    for row, anchor in zip(rows, anchors, strict=False):
        row.cover = anchor
    Person.objects.bulk_update(rows, ["cover"], batch_size=300)
    return rows[0]


URLS = (
    "/people/",
    "/people/?q=Person&tag=many",
    "/people/{person}/",
    "/api/v1/people/?page_size=100",
    "/api/v1/people/{person}/anchors/",
    "/api/v1/people/{person}/",
)


def test_the_number_of_queries_is_fixed(client, user, stranger):
    def queries(owner, people: int, photos: int) -> dict[str, int]:
        person = fill(owner, people, photos)
        client.force_login(owner)
        client.get("/people/new/")
        made = {}
        for url in URLS:
            with CaptureQueriesContext(connection) as found:
                answer = client.get(url.format(person=person.pk))
            assert answer.status_code == 200, url
            made[url] = len(found)
        return made

    assert queries(user, 200, 2000) == queries(stranger, 2, 6)
