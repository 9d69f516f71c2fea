"""/people/changes/: what was done to the gallery is undone, or erased now"""

import re

import pytest
from django.urls import reverse

from tests.support.people import anchor, person, words
from verification.models import Anchor, Change, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    row = person(user, "Ada")
    anchor(row)
    anchor(row, seed=2)
    return row


def offered(answer) -> str:
    """What the Undo button of a page's message would send."""
    found = re.search(r'name="change"\s+value="([^"]+)"', answer.content.decode())
    assert found, "no Undo on the page"
    return found[1]


def undo(client, value: str):
    return client.post(reverse("changes_undo"), {"change": value}, follow=True)


def delete(client, row):
    return client.post(reverse("person_delete", args=[row.pk]), follow=True)


def selected(client, row, **data):
    url = reverse("photos_selected", args=[row.pk])
    return client.post(
        url, {"ids": list(row.anchors.values_list("pk", flat=True))} | data, follow=True
    )


def test_a_deleted_person_comes_back_with_the_photos(owner, ada):
    answer = undo(owner, offered(delete(owner, ada)))

    assert answer.redirect_chain[-1][0] == reverse("person", args=[ada.pk])
    assert "Undone." in words(answer)
    assert "2 photos" in words(answer)


def test_photos_deleted_together_come_back_together(owner, ada):
    answer = selected(owner, ada, action="delete")
    assert "2 photos deleted." in words(answer)
    assert not ada.anchors.exists() and Change.objects.count() == 1

    answer = undo(owner, offered(answer))
    assert answer.redirect_chain[-1][0] == reverse("person", args=[ada.pk])
    assert ada.anchors.count() == 2


def test_a_merge_is_undone(owner, user, ada):
    bea = person(user, "Bea", tags=["choir"])
    url = reverse("person_merge", args=[ada.pk])
    answer = undo(owner, offered(owner.post(url, {"other": bea.pk}, follow=True)))

    assert answer.redirect_chain[-1][0] == reverse("person", args=[ada.pk])
    assert list(Person.objects.values_list("name", "tags")) == [("Ada", []), ("Bea", ["choir"])]


@pytest.mark.parametrize("to", ["Bea", "somebody new"])
def test_moved_photos_go_back(owner, user, ada, to):
    bea = person(user, "Bea")
    (first, _second) = ada.anchors.all()
    data = {"ids": [first.pk]} | ({"person": bea.pk} if to == "Bea" else {"name": to})
    answer = owner.post(reverse("photos_move", args=[ada.pk]), data, follow=True)
    assert ada.anchors.count() == 1

    undo(owner, offered(answer))
    assert ada.anchors.count() == 2
    assert set(Person.objects.values_list("name", flat=True)) == {"Ada", "Bea"}


def test_nothing_is_undone_twice_and_it_is_told(owner, ada):
    change = offered(delete(owner, ada))
    undo(owner, change)

    assert "This is undone already." in words(undo(owner, change))
    assert Person.objects.count() == 1


def test_of_several_changes_all_are_undone_or_none(owner, ada):
    first, second = (
        offered(owner.post(reverse("photo_do", args=[row.pk, "delete"]), follow=True))
        for row in ada.anchors.all()
    )
    undo(owner, first)
    assert ada.anchors.count() == 1

    assert "This is undone already." in words(undo(owner, f"{first},{second}"))
    assert ada.anchors.count() == 1


@pytest.mark.parametrize("value", ["", "nonsense", "0" * 32])
def test_what_is_no_change_is_told(owner, value):
    answer = undo(owner, value)

    assert answer.status_code == 200
    assert "notice--warning" in answer.content.decode()


def test_the_list_of_changes_offers_to_undo_and_to_erase(owner, ada):
    assert "Undo a recent change" not in words(owner.get(reverse("people")))
    assert "Nothing to undo" in words(owner.get(reverse("changes")))
    delete(owner, ada)
    assert "Undo a recent change" in words(owner.get(reverse("people")))
    page = words(owner.get(reverse("changes")))
    assert "Ada deleted, with 2 photos." in page

    answer = owner.post(reverse("changes_erase"), {"change": Change.objects.get().pk}, follow=True)
    assert "Erased for good." in words(answer)
    assert "Nothing to undo" in words(answer)
    assert not Person.all_objects.exists()
    assert not Anchor.all_objects.exists()


@pytest.mark.parametrize("name", ["changes_undo", "changes_erase"])
def test_nobody_else_undoes_or_erases(other, anonymous, owner, ada, name):
    change = offered(delete(owner, ada))

    assert anonymous.post(reverse(name), {"change": change}).status_code == 302
    answer = other.post(reverse(name), {"change": change}, follow=True)
    assert "There is nothing to undo" in words(answer)
    assert Person.all_objects.count() == 1
    assert not Person.objects.exists()
    assert "Ada" not in words(other.get(reverse("changes")))
    assert anonymous.get(reverse("changes")).status_code == 302
