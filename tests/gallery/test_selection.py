"""Many people at once: sorted, selected over all pages, tagged, merged, deleted, exported."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.people import anchor, person
from tests.support.rows import verification
from verification.gallery import selection
from verification.gallery.selectors import change_list, person_list
from verification.models import Anchor, GalleryExport, Person, Sighting

pytestmark = pytest.mark.django_db


def names(rows) -> list[str]:
    return [row.name for row in rows]


def send(client, action: str, people=(), **more):
    data = {"action": action, "ids": [row.pk for row in people], **more}
    return client.post(reverse("people_selected"), data)


@pytest.fixture
def crowd(user):
    return [person(user, name) for name in ("Ada", "Bea", "Cy")]


# Sorting


def test_people_are_sorted_by_name_unless_the_address_says_otherwise(user, crowd, owner):
    page = owner.get(reverse("people")).context["page"]

    assert names(page) == ["Ada", "Bea", "Cy"]


def test_the_newest_come_first(user, crowd, owner):
    Person.objects.filter(name="Bea").update(created_at=timezone.now() + timedelta(hours=1))

    assert names(owner.get(reverse("people"), {"sort": "newest"}).context["page"])[0] == "Bea"


def test_those_with_the_most_photos_come_first(user, crowd):
    for seed in (1, 2):
        anchor(crowd[2], seed=seed)
    anchor(crowd[1], seed=3)

    assert names(person_list(owner=user, sort="photos")) == ["Cy", "Bea", "Ada"]


def test_those_with_the_best_photos_come_first_and_those_without_last(user, crowd):
    for row, quality in ((crowd[0], 0.4), (crowd[2], 0.9)):
        anchor(row, seed=1)
        Anchor.objects.filter(person=row).update(quality=quality)

    assert names(person_list(owner=user, sort="quality")) == ["Cy", "Ada", "Bea"]


def test_those_seen_last_come_first_and_those_never_seen_last(user, crowd, owner):
    for days, row in enumerate((crowd[1], crowd[2], crowd[1])):
        Sighting.objects.create(
            owner=user,
            person=row,
            verification=verification(user, "done"),
            at=timezone.now() - timedelta(days=days),
        )

    page = owner.get(reverse("people"), {"sort": "seen"})

    assert names(page.context["page"]) == ["Bea", "Cy", "Ada"]
    assert "never seen" in page.content.decode()


@pytest.mark.parametrize("sort", ["name", "newest", "photos", "quality", "seen", "nonsense"])
def test_no_order_counts_photos_wrong_or_asks_more_often(
    user, crowd, sort, django_assert_num_queries
):
    for seed in (1, 2):
        anchor(crowd[0], seed=seed)
        Sighting.objects.create(
            owner=user, person=crowd[0], verification=verification(user, "done"), at=timezone.now()
        )

    with django_assert_num_queries(2):  # which gallery, and who
        rows = {row.name: vars(row) for row in person_list(owner=user, sort=sort)}

    assert (rows["Ada"]["anchor_count"], rows["Ada"]["ready_count"]) == (2, 2)
    assert len(rows) == 3


# Tags


def test_a_tag_is_given_to_the_selected_people_and_to_nobody_else(crowd, owner):
    send(owner, "tag", crowd[:2], label=" staff ")

    assert [row.tags for row in Person.objects.order_by("name")] == [["staff"], ["staff"], []]


def test_a_tag_is_taken_away(user, crowd, owner):
    selection.people_tag(owner=user, people=crowd, tag="staff")

    send(owner, "untag", crowd[1:], label="staff")

    assert [row.tags for row in Person.objects.order_by("name")] == [["staff"], [], []]


def test_everybody_who_is_found_is_meant_also_on_other_pages(user, owner):
    for number in range(30):
        person(user, f"Guest {number}")
    person(user, "Host")

    send(owner, "tag", everyone="yes", q="guest", label="party")

    assert Person.objects.exclude(tags=[]).count() == 30


def test_somebody_with_as_many_tags_as_there_can_be_is_named(user, crowd, owner):
    Person.objects.filter(pk=crowd[0].pk).update(tags=[str(n) for n in range(20)])

    answer = owner.post(
        reverse("people_selected"),
        {"action": "tag", "ids": [row.pk for row in crowd], "label": "one more"},
        follow=True,
    )

    assert "No room for another tag: Ada." in answer.content.decode()
    assert Person.objects.filter(tags=["one more"]).count() == 2


@pytest.mark.parametrize("label", ["", "   ", "x" * 51])
def test_a_tag_that_cannot_be_changes_nothing_and_says_why(crowd, owner, label):
    answer = owner.post(
        reverse("people_selected"),
        {"action": "tag", "ids": [crowd[0].pk], "label": label},
        follow=True,
    )

    assert "Give a tag of 1 to 50 characters." in answer.content.decode()
    assert not Person.objects.exclude(tags=[]).exists()


# Deleting


def test_deleting_asks_first_and_can_be_undone(user, crowd, owner):
    asked = send(owner, "delete", crowd[:2])
    assert "Delete 2 people?" in asked.content.decode()
    assert Person.objects.count() == 3

    send(owner, "delete", crowd[:2], confirmed="yes")
    assert names(Person.objects.all()) == ["Cy"]

    ids = ",".join(str(change.pk) for change in change_list(owner=user))
    owner.post(reverse("changes_undo"), {"change": ids})
    assert Person.objects.count() == 3


def test_too_many_are_not_merged(user, crowd, owner, monkeypatch):
    monkeypatch.setattr(selection, "MOST_MERGED", 2)

    answer = owner.post(
        reverse("people_selected"), {"action": "merge", "everyone": "yes"}, follow=True
    )

    assert "Select at most 2 people for this." in answer.content.decode()
    assert Person.objects.count() == 3


# Merging


def test_merging_asks_whose_name_stays_then_joins_all_photos(user, crowd, owner):
    for seed, row in enumerate(crowd, start=1):
        anchor(row, seed=seed)
    asked = send(owner, "merge", crowd)
    assert "Whose name stays?" in asked.content.decode()

    send(owner, "merge", crowd, into=crowd[1].pk)

    assert names(Person.objects.all()) == ["Bea"]
    assert Anchor.objects.filter(person=crowd[1]).count() == 3


def test_one_person_is_not_merged(crowd, owner):
    answer = owner.post(
        reverse("people_selected"), {"action": "merge", "ids": [crowd[0].pk]}, follow=True
    )

    assert "at least two" in answer.content.decode()


# Exporting


def test_the_selected_people_are_exported(user, crowd, owner):
    owner.post(reverse("exports_selected"), {"ids": [row.pk for row in crowd[:2]]})

    assert GalleryExport.objects.get().people == sorted(str(row.pk) for row in crowd[:2])
    assert "2 people" in owner.get(reverse("exports")).content.decode()


def test_the_whole_gallery_is_exported_as_before(crowd, owner):
    owner.post(reverse("exports_selected"), {"everyone": "yes"})

    assert GalleryExport.objects.get().people == []


# Whoever asks


@pytest.mark.parametrize("action", ["tag", "untag", "delete", "merge"])
def test_a_stranger_changes_nobody(crowd, other, action):
    send(other, action, crowd, label="x", confirmed="yes", into=crowd[0].pk)
    other.post(reverse("exports_selected"), {"ids": [row.pk for row in crowd]})

    assert Person.objects.count() == 3
    assert not Person.objects.exclude(tags=[]).exists()
    assert not GalleryExport.objects.exists()


@pytest.mark.parametrize("action", ["tag", "delete", "merge", "nonsense", ""])
def test_nothing_selected_says_so(crowd, owner, action):
    answer = owner.post(reverse("people_selected"), {"action": action, "label": "x"}, follow=True)

    assert answer.status_code == 200
    assert "Select" in answer.content.decode() or "Choose what" in answer.content.decode()
    assert Person.objects.count() == 3
