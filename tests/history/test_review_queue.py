"""/history/review/: one unreviewed verdict after another."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile

from tests.support.people import anchor, person, words
from tests.support.photos import photo
from tests.support.rows import verification
from verification.models import Review
from verification.reviews.services import review_set

URL = "/history/review/"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(user):
    """Newest first."""
    return [
        verification(user, "done", title=f"number {n}", created_at=NOON - timedelta(hours=n))
        for n in range(3)
    ]


def title(answer) -> str:
    return re.findall(r"number \d", answer.content.decode())[0]


def link(answer, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def answer(client, row, said: str = "right", **more):
    return client.post(URL, {"verification": row.pk, "answer": said, **more}, follow=True)


def test_the_newest_unreviewed_verdict_comes_first_and_says_how_many_are_left(owner, user, three):
    review_set(verification=three[0], answer="right")
    verification(user, "refused")

    page = owner.get(URL)

    assert title(page) == "number 1"
    assert "2 verdicts without a review" in words(page)


def test_an_answer_is_stored_and_the_next_verdict_is_shown(owner, three):
    page = answer(owner, three[0], "wrong", note="a twin")

    review = Review.objects.get()
    assert (review.verification, review.answer, review.note) == (three[0], "wrong", "a twin")
    assert title(page) == "number 1"


def test_one_can_pass_over_a_verdict_and_go_back(owner, three):
    first = owner.get(URL)
    second = owner.get(link(first, "next"))

    assert (title(second), link(first, "prev")) == ("number 1", "")
    assert title(owner.get(link(second, "prev"))) == "number 0"


def test_going_back_leads_to_what_was_just_answered_so_that_a_slip_can_be_mended(owner, three):
    page = answer(owner, three[0], "wrong")
    back = owner.get(link(page, "prev"))

    assert "You said: wrong." in words(back)
    answer(owner, three[0], "right")
    assert Review.objects.get().answer == "right"


def test_after_the_last_the_passed_over_ones_come_again_and_then_it_is_done(owner, three):
    assert title(answer(owner, three[2])) == "number 0"
    answer(owner, three[0])

    assert "All verdicts are reviewed" in words(answer(owner, three[1]))


def test_two_verdicts_of_the_same_moment_are_both_shown(owner, user):
    rows = [verification(user, "done", title=f"number {n}", created_at=NOON) for n in range(2)]

    page = owner.get(URL)
    titles = {title(page), title(owner.get(link(page, "next")))}

    assert titles == {row.title for row in rows}


@pytest.mark.parametrize("said", ["", "perhaps"])
def test_an_answer_that_is_none_is_refused_and_the_verdict_stays(owner, three, said):
    page = answer(owner, three[1], said)

    assert "Choose right, wrong or unsure." in words(page)
    assert title(page) == "number 1"
    assert not Review.objects.exists()


def test_both_photos_are_shown_or_the_person_of_the_gallery(owner, user):
    ada = person(user, "Ada")
    anchor(ada, seed=11)
    ada.refresh_from_db()
    pair = verification(user, "done")
    told = verification(user, "done", kind="person", person=ada, person_name="Ada")
    told.probe_crop.save("crop", ContentFile(photo()), save=True)

    for row, shown in (
        (pair, [f"/verifications/{pair.pk}/probe.jpg", f"/verifications/{pair.pk}/reference.jpg"]),
        (told, [f"/verifications/{told.pk}/probe.jpg", f"/photos/{ada.cover_id}/crop.jpg"]),
    ):
        page = owner.get(URL, {"at": row.pk}).content.decode()
        sources = [source.partition("?")[0] for source in re.findall(r'<img src="([^"]+)"', page)]
        assert sources == shown


@pytest.mark.parametrize("asked", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_verdict_that_is_not_there_gives_the_first(owner, three, asked):
    assert title(owner.get(URL, {"at": asked})) == "number 0"


def test_nothing_to_review_yet(owner):
    assert "No verdict to review yet" in words(owner.get(URL))


def test_a_stranger_neither_sees_nor_reviews_it(other, three):
    assert "No verdict to review yet" in words(other.get(URL, {"at": three[0].pk}))
    assert answer(other, three[0]).status_code == 404
    assert not Review.objects.exists()
