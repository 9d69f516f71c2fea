"""What looks wrong with a person: photos of somebody else, people who are the same"""

import pytest
from django.urls import reverse

from tests.support.people import anchor, person, words
from verification.models import Person, Suggestion

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    return person(user, "Ada")


@pytest.fixture
def twin(user):
    return person(user, "Ada L.")


@pytest.fixture
def suggestion(user, ada, twin):
    first, second = sorted((ada, twin), key=lambda each: each.pk)
    return Suggestion.objects.create(owner=user, first=first, second=second, similarity=0.9)


def page_of(name: str, row, *more) -> str:
    return reverse(name, args=[row.pk, *more])


def test_people_who_look_the_same_are_offered_to_merge_on_both_pages(owner, ada, twin, suggestion):
    for one, other in ((ada, twin), (twin, ada)):
        answer = owner.get(page_of("person", one))
        assert f"{one.name} looks like {other.name} ." in words(answer)
        assert f"{page_of('person_merge', one)}?other={other.pk}" in answer.content.decode()
    assert words(owner.get(reverse("people"))).count("Please check") == 2


def test_two_people_stay_two(owner, ada, suggestion):
    url = page_of("suggestion_dismiss", suggestion)
    answer = owner.post(url, {"person": ada.pk}, follow=True)

    assert answer.redirect_chain[-1][0] == page_of("person", ada)
    assert "stay two people" in words(answer)
    assert "looks like" not in words(answer)
    assert "Please check" not in words(owner.get(reverse("people")))


def test_a_photo_of_somebody_else_is_pointed_at_and_confirmed(owner, ada):
    anchor(ada)
    odd = anchor(ada, seed=2, likeness="unlike")
    answer = owner.get(page_of("person", ada))
    assert "1 photo looks unlike the others of Ada. Perhaps somebody else is in it." in words(
        answer
    )
    assert "Looks like somebody else. Check photo-2.jpg" in words(answer)
    assert "Please check" in words(owner.get(reverse("people")))
    assert "This photo looks unlike the others of Ada." in words(owner.get(page_of("photo", odd)))

    answer = owner.post(page_of("photo_do", odd, "confirm"), {"back": "photo"}, follow=True)
    assert "The photo shows Ada: that is noted." in words(answer)
    assert "unlike" not in words(owner.get(page_of("person", ada)))


def test_a_page_waits_until_a_worker_has_looked_at_the_person_and_then_warns(owner, ada):
    odd = anchor(ada, seed=2, likeness="unlike")
    Person.objects.filter(pk=ada.pk).update(version=2, checked_version=1)
    fresh = page_of("photos_fresh", ada)
    waiting = owner.post(fresh, {"pending": [odd.pk]}).content.decode()
    assert "hx-trigger" in waiting
    assert 'id="warnings"' not in waiting

    Person.objects.filter(pk=ada.pk).update(checked_version=2)
    settled = owner.post(fresh).content.decode()
    assert "hx-trigger" not in settled
    assert 'id="warnings" hx-swap-oob="true"' in settled
    assert f'id="photo-{odd.pk}" hx-swap-oob="true"' in settled
