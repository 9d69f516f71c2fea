"""Pages of large galleries read what they show and nothing besides: counts and tags are kept with the people,
and each order of the list is one of an index."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.support.people import anchor, person
from tests.support.present import present
from tests.support.rows import verification
from verification.gallery import person_picker, selectors, services
from verification.gallery.embed_photos import waiting_beside
from verification.gallery.galleries import copy_people, create_gallery, move_people
from verification.gallery.gallery_models import Gallery
from verification.gallery.rows import mend_counts
from verification.models import Anchor, Person, PersonTag, Sighting

pytestmark = pytest.mark.django_db


def counts(row: Person) -> tuple[int, int, int, float]:
    row = Person.all_objects.get(pk=row.pk)
    return row.anchor_count, row.ready_count, row.unlike_count, row.quality


def counted(row: Person) -> tuple[int, int, int, float]:
    """The same, of the photos that are there."""
    photos = list(Anchor.objects.filter(person=row))
    ready = [each.quality for each in photos if each.state == "ready" and each.quality is not None]
    return (
        len(photos),
        sum(each.state == "ready" for each in photos),
        sum(each.likeness == "unlike" for each in photos),
        sum(ready) / len(ready) if ready else -1.0,
    )


@pytest.fixture
def ada(user) -> Person:
    return person(user, "Ada", tags=["choir"])


@pytest.fixture
def bea(user) -> Person:
    return person(user, "Bea")


def moved(ada: Person, bea: Person) -> None:
    services.anchors_move(person=ada, anchors=list(ada.anchors.all())[:1], to=bea)


def merged_and_undone(ada: Person, bea: Person) -> None:
    merged = services.people_merge(owner=ada.owner, into=bea, other=ada)
    assert counts(bea) == counted(bea)
    services.change_undo(owner=ada.owner, change_id=present(merged.change).pk)


def saved_late(ada: Person, _bea: Person) -> None:
    ada.anchor_count, ada.quality = 77, 0.1
    ada.save()


WRITES: dict[str, Callable[[Person, Person], object]] = {
    "added": lambda ada, _bea: anchor(ada, "pending", seed=9),
    "deleted": lambda ada, _bea: services.anchor_delete(anchor=ada.anchors.all()[0]),
    "erased": lambda ada, _bea: services.anchor_delete(anchor=ada.anchors.all()[0], erase=True),
    "deleted as a row": lambda ada, _bea: ada.anchors.all()[0].delete(),
    "moved": moved,
    "merged and undone": merged_and_undone,
    "taken from everybody": lambda ada, _bea: services.anchors_take(
        person=ada, anchors=list(ada.anchors.all())[:1]
    ),
    "found unlike": lambda ada, _bea: ada.anchors.update(likeness="unlike"),
    "looked at again": lambda ada, _bea: services._embed_again(ada.anchors.all()[0]),
    "saved by somebody who read it earlier": saved_late,
}


@pytest.mark.parametrize("write", WRITES)
def test_what_is_counted_with_a_person_follows_every_write(ada, bea, write):
    for seed, quality in ((1, 0.4), (2, 0.9)):
        anchor(ada, seed=seed, quality=quality)

    WRITES[write](ada, bea)

    for row in (ada, bea):
        assert counts(row) == pytest.approx(counted(row))


def test_a_copy_of_a_person_is_counted(user, ada):
    anchor(ada)

    (copy,) = copy_people(people=[ada], gallery=create_gallery(owner=user, name="Choir"))

    assert counts(copy) == counted(copy) == (1, 1, 0, 1.0)


def test_what_an_earlier_version_wrote_beside_this_one_is_mended(ada):
    anchor(ada)
    Person.objects.filter(pk=ada.pk).update(anchor_count=5, quality=0.1)
    PersonTag.objects.all().delete()

    assert mend_counts() == 1

    assert counts(ada) == counted(ada)
    assert selectors.tag_list(owner=ada.owner) == ["choir"]
    assert mend_counts() == 0


def test_tags_are_those_of_people_who_are_there(user, ada, bea):
    other = create_gallery(owner=user, name="Choir")
    services.person_update(person=bea, tags=["bass", "choir"])
    deleted = services.person_delete(person=ada)
    assert selectors.tag_list(owner=user) == ["bass", "choir"]

    services.person_update(person=bea, tags=["bass"])
    move_people(people=[bea], gallery=other)
    assert selectors.tag_list(owner=user) == ["bass"]
    assert selectors.tag_list(owner=user, gallery=other) == ["bass"]

    services.change_undo(owner=user, change_id=deleted.pk)
    assert selectors.tag_list(owner=user) == ["bass", "choir"]
    assert [row.name for row in selectors.person_list(owner=user, tag="choir")] == ["Ada"]


def test_when_somebody_was_seen_last_follows_the_verdicts(user, ada):
    now = timezone.now()
    for days in (3, 1):
        row = verification(user, "done")
        Sighting.objects.create(
            owner=user, person=ada, verification=row, at=now - timedelta(days=days)
        )

    row.delete()

    ada.refresh_from_db()
    assert ada.seen_at == now - timedelta(days=3)
    Sighting.objects.all().delete()
    ada.refresh_from_db()
    assert not ada.was_seen


def test_the_pages_ask_as_often_for_many_people_as_for_few(user, owner):
    def asked(number: int) -> list[int]:
        for n in range(number):
            anchor(person(user, f"Person {n}", tags=["choir"]), seed=n % 3)
        found = []
        for query in ({}, {"sort": "photos", "page": 2}, {"tag": "choir"}, {"q": "person"}):
            owner.get(reverse("people"), query)
            with CaptureQueriesContext(connection) as queries:
                assert owner.get(reverse("people"), query).status_code == 200
                found.append(len(queries.captured_queries))
        return found

    few = asked(3)

    assert asked(30) == few


# Finding letters anywhere in a name or a note looks at everybody of the gallery, by the index of the order.
ORDERED = ("name", "newest", "photos", "quality", "seen")


@pytest.mark.parametrize("sort", ORDERED)
def test_each_order_of_the_list_is_one_of_an_index_that_holds_all_it_needs(user, sort):
    page = selectors.person_list(owner=user, gallery=Gallery.default_of(user.pk), sort=sort)

    for whole in (page, page.reverse()):  # late pages are read from the end
        (step,) = plan(whole.values_list("pk")[24:48])
        assert "USING COVERING INDEX person_by_" in step


@pytest.mark.parametrize("sort", ORDERED)
@pytest.mark.parametrize("number", [4, 5, 9])
def test_the_pages_show_everybody_once_and_in_order(user, monkeypatch, rf, sort, number):
    monkeypatch.setattr(person_picker, "PEOPLE_ON_A_PAGE", 4)
    for n in range(number):
        person(user, f"Person {n // 2}")  # two of each name, alike in all else
    request = rf.get("/people/")
    request.user = user

    shown: list[UUID] = []
    for page in range(1, (number + 3) // 4 + 1):
        request.GET = {"page": page}
        shown += [row.pk for row in person_picker.people_page(request, sort=sort)]

    expected = selectors.person_list(owner=user, sort=sort).values_list("pk", flat=True)
    assert shown == list(expected)


@pytest.mark.parametrize("sort", ["oldest", *ORDERED])
def test_a_list_of_several_galleries_takes_ids_from_the_index_of_its_order(
    user, api, ada, bea, sort
):
    another = create_gallery(owner=user, name="Another")
    move_people(people=[bea], gallery=another)

    with CaptureQueriesContext(connection) as queries:
        found = api.get("/api/v1/people/", {"sort": sort}).json()["results"]

    statements = [query["sql"] for query in queries.captured_queries]
    of_people = [sql for sql in statements if 'FROM "verification_person"' in sql]
    (step, *_) = plan_of(of_people[0])
    assert {row["name"] for row in found} == {"Ada", "Bea"}
    assert "USING COVERING INDEX person_by_" in step


def test_photos_by_external_id_come_in_order_from_an_index(user):
    gallery = Gallery.default_of(user.pk)
    found = selectors.anchor_list(owner=user, gallery=gallery).filter(external_id="A7")

    steps = plan(found[:21])

    assert "USING INDEX anchor_by_external_id (gallery_id=? AND external_id=?)" in steps[0]
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_no_list_looks_at_every_row(user, ada):
    gallery = Gallery.default_of(user.pk)
    lists = {
        "count": selectors.person_list(owner=user, gallery=gallery).order_by().values("pk"),
        "tagged": selectors.person_list(owner=user, gallery=gallery, tag="x").values("pk")[:24],
        "photos of a person": selectors.anchor_list(owner=user, person=ada)[:24],
        "photos of a gallery": selectors.anchor_list(owner=user, gallery=gallery)[:24],
        "galleries": selectors.gallery_list(owner=user)[:24],
        "photos that wait": waiting_beside().filter(state="pending").order_by("enqueued_at")[:8],
    }

    scans = {what: [s for s in plan(rows) if s.startswith("SCAN")] for what, rows in lists.items()}

    # Of the photos that wait the index holds no others.
    assert scans.pop("photos that wait") == ["SCAN verification_anchor USING INDEX anchor_waiting"]
    assert set(map(len, scans.values())) == {0}, scans


def plan(rows) -> list[str]:
    """How SQLite goes about it."""
    return plan_of(*rows.query.sql_with_params())


def plan_of(statement: str, parameters: tuple | None = None) -> list[str]:
    if connection.vendor != "sqlite":
        pytest.skip("its words are SQLite's")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in cursor.fetchall()]
