"""/people/ and the pages of one person: list, add, edit, delete, merge"""

from datetime import date

import pytest
from django.urls import reverse

from tests.support.people import anchor, person, words
from verification.models import Anchor, Person

pytestmark = pytest.mark.django_db

FORM = {
    "name": " Ada Lovelace ",
    "tags": "family, choir,, family",
    "note": "Keeps the key.",
    "consent_given_by": "Ada",
    "consent_at": "2026-03-04",
    "consent_for": "the door",
}


def page_of(name: str, row) -> str:
    return reverse(name, args=[row.pk])


# The list


def test_an_empty_gallery_says_what_to_do(owner):
    page = words(owner.get(reverse("people")))

    assert "Nobody here yet" in page
    assert "Add a person" in page


def test_the_list_shows_names_faces_and_numbers_of_photos(owner, user, stranger):
    ada, bea = person(user, "Ada <b>"), person(user, "Bea", tags=["choir"])
    face = anchor(ada)
    anchor(ada, "refused", seed=2)
    person(stranger, "Mallory")
    answer = owner.get(reverse("people"))

    html, page = answer.content.decode(), words(answer)
    assert "Ada <b>" in page
    assert "<b>" not in html
    assert "2 photos, 1 ready" in page
    assert "Bea No photo yet choir" in page
    assert "Mallory" not in page
    assert reverse("photo_image", args=[face.pk, "crop"]) in html
    assert page_of("person", bea) in html


def test_the_list_is_searched_and_narrowed_to_a_tag(owner, user):
    person(user, "Ada", tags=["choir"])
    person(user, "Bea", note="sings in a choir")
    person(user, "Cleo")

    def found(**asked) -> set[str]:
        page = words(owner.get(reverse("people"), asked))
        return {name for name in ("Ada", "Bea", "Cleo") if f"{name} No photo" in page}

    assert found(q="ADA") == {"Ada"}
    assert found(q="sings") == {"Bea"}
    assert found(tag="choir") == {"Ada"}
    assert found(tag="choir", q="bea") == set()
    assert found(q="\x00") == {"Ada", "Bea", "Cleo"}
    assert "Nobody matches" in words(owner.get(reverse("people"), {"q": "zoe"}))


def test_the_list_is_cut_into_pages(owner, user):
    for number in range(25):
        person(user, f"Person {number:02}")

    first, second = (words(owner.get(reverse("people"), {"page": n})) for n in (1, 2))
    assert "25 people, 1 to 24 shown" in first
    assert "Person 24" not in first
    assert "Person 24" in second
    assert "Person 00" in words(owner.get(reverse("people"), {"page": "nonsense"}))


def test_the_list_costs_as_many_queries_for_twenty_as_for_two(
    owner, user, django_assert_num_queries
):
    def fill(numbers):
        for number in numbers:
            anchor(person(user, f"Person {number}", tags=["a"]), seed=number)

    fill(range(2))
    owner.get(reverse("people"))
    with django_assert_num_queries(14):
        owner.get(reverse("people"))
    fill(range(2, 20))
    with django_assert_num_queries(14):
        assert "20 people" in words(owner.get(reverse("people")))


# Add and edit


def test_a_person_is_added_with_everything(owner, user):
    answer = owner.post(reverse("person_add"), FORM)

    row = Person.objects.get()
    assert answer["Location"] == page_of("person", row)
    assert (row.owner, row.name, row.tags) == (user, "Ada Lovelace", ["family", "choir"])
    assert (row.consent_given_by, row.consent_at) == ("Ada", date(2026, 3, 4))
    page = words(owner.get(answer["Location"]))
    assert "Ada agreed on 4 March 2026: the door" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "  "}, "Give a name."),
        ({"name": "x" * 201}, "Use a name of at most 200 characters."),
        ({"tags": "x" * 51}, "At most 20 tags of at most 50 characters."),
        ({"consent_at": "yesterday"}, "Write the day as 2026-01-31."),
    ],
)
def test_what_cannot_be_kept_is_told_and_the_rest_stays_in_the_form(owner, change, says):
    answer = owner.post(reverse("person_add"), FORM | change)

    assert answer.status_code == 422
    assert says in words(answer)
    assert "Keeps the key." in words(answer)
    assert not Person.objects.exists()


def test_a_person_is_edited(owner, user):
    row = person(user, tags=["old"], note="Old")

    form = owner.get(page_of("person_edit", row)).content.decode()
    assert 'value="old"' in form
    answer = owner.post(page_of("person_edit", row), FORM, follow=True)

    assert "The changes are saved." in words(answer)
    row.refresh_from_db()
    assert (row.name, row.tags, row.note) == (
        "Ada Lovelace",
        ["family", "choir"],
        "Keeps the key.",
    )


def test_without_consent_the_page_says_so(owner, user):
    assert "No consent recorded." in words(owner.get(page_of("person", person(user))))


# Delete


def test_delete_asks_first(owner, user):
    row = person(user)
    anchor(row)

    page = words(owner.get(page_of("person_delete", row)))
    assert "Delete Ada?" in page
    assert "1 photo" in page
    assert Person.objects.exists()


def test_delete_takes_the_person_and_the_photos_away(owner, user):
    row = person(user)
    anchor(row)

    answer = owner.post(page_of("person_delete", row), follow=True)
    assert "Ada deleted, with one photo. Undo" in words(answer)
    assert owner.get(page_of("person", row)).status_code == 404
    assert "Nobody here yet" in words(answer)


# Merge


def merge(client, into, other, **options):
    return client.post(page_of("person_merge", into), {"other": other.pk}, **options)


def test_merge_shows_everyone_else_then_both_and_then_merges(owner, user):
    ada, twin = person(user, "Ada"), person(user, "Ada L.", tags=["choir"])
    anchor(ada)
    anchor(twin, seed=2)

    choose = owner.get(page_of("person_merge", ada))
    assert str(twin.pk) in choose.content.decode()
    assert f'value="{ada.pk}"' not in choose.content.decode()
    both = words(owner.get(page_of("person_merge", ada), {"other": twin.pk}))
    assert "Are these the same person?" in both
    assert "All photos and verdicts of Ada L. go to Ada , whose name stays." in both
    assert Person.objects.count() == 2

    answer = merge(owner, ada, twin, follow=True)
    assert "Ada L. merged into Ada. Undo" in words(answer)
    assert "2 photos" in words(answer)
    ada.refresh_from_db()
    assert ada.tags == ["choir"]


@pytest.mark.parametrize("turned", [False, True], ids=["the same way", "the other way"])
def test_merging_the_same_people_in_a_second_window_is_told_and_loses_nothing(owner, user, turned):
    ada, twin = person(user, "Ada"), person(user, "Ada L.")
    anchor(ada)
    anchor(twin, seed=2)
    merge(owner, ada, twin)

    into, other = (twin, ada) if turned else (ada, twin)
    for answer in (
        merge(owner, into, other, follow=True),
        owner.get(page_of("person_merge", into), {"other": other.pk}, follow=True),
    ):
        page = words(answer)
        assert answer.status_code == 200
        assert "perhaps they were merged in another window. Nothing was changed here" in page
        assert "2 photos" in page
    assert Anchor.objects.filter(person=ada).count() == 2


def test_nobody_is_merged_with_themselves(owner, user):
    ada = person(user)

    assert "Choose two different people" in words(merge(owner, ada, ada, follow=True))
    assert Person.objects.count() == 1


def test_a_person_of_somebody_else_is_not_merged_into_mine(owner, user, stranger):
    ada, theirs = person(user, "Ada"), person(stranger, "Theirs")

    merge(owner, ada, theirs)
    assert set(Person.objects.values_list("name", flat=True)) == {"Ada", "Theirs"}
