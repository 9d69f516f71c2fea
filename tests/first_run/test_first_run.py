"""The first minutes of a new account: photos to try with, five steps, nothing that stays in the way."""

import pytest
from django.urls import reverse

from tests.support.embedded import embedded, finished
from tests.support.people import anchor, person
from tests.support.rows import verification
from tests.support.submissions import submit_identify
from verification.first_run import samples
from verification.models import Anchor, Person, Verification
from verification.reviews.services import review_set

pytestmark = pytest.mark.django_db


def compare_page(client) -> str:
    return client.get(reverse("compare")).content.decode()


@pytest.mark.parametrize(
    ("pair", "outcome"), [("one", "match"), ("two", "no_match"), ("open", "inconclusive")]
)
def test_each_sample_pair_gets_the_verdict_that_it_is_there_for(user, owner, pair, outcome):
    answer = owner.post(reverse("sample_pair"), {"pair": pair})

    row = Verification.objects.get()
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert finished(row).outcome == outcome
    assert row.title.startswith("Sample")


def test_the_sample_people_are_recognised(user, owner):
    owner.post(reverse("sample_people"))
    for row in Anchor.objects.all():
        assert embedded(row).state == "ready"

    found = finished(submit_identify(owner=user, probe=samples.read("noor-3.jpg")))

    assert (found.outcome, found.candidates[0]["name"]) == ("match", "Noor (sample)")


def test_the_sample_people_are_added_once(owner):
    owner.post(reverse("sample_people"))
    owner.post(reverse("sample_people"))

    assert Person.objects.count() == len(samples.PEOPLE)
    assert {tuple(row.tags) for row in Person.objects.all()} == {("sample",)}


def test_a_new_user_is_offered_samples_and_steps(owner):
    page = compare_page(owner)

    assert "Try with these" in page
    assert "0 of 5 done" in page


def test_the_samples_go_after_a_few_comparisons_and_the_steps_stay(user, owner):
    for _ in range(3):
        verification(user)

    page = compare_page(owner)

    assert "Try with these" not in page
    assert "1 of 5 done" in page


def test_each_step_is_done_when_it_was_done(user, owner):
    row = verification(user, "done")
    assert "1 of 5 done" in compare_page(owner)
    ada = person(user, "Ada")
    assert "2 of 5 done" in compare_page(owner)
    anchor(ada, seed=1)
    assert "3 of 5 done" in compare_page(owner)
    verification(user, "done", kind="identify")
    assert "4 of 5 done" in compare_page(owner)

    review_set(verification=row, answer="right")

    assert "First steps" not in compare_page(owner)


def test_the_steps_of_another_account_are_not_counted(stranger, owner):
    verification(stranger, "done")

    assert "0 of 5 done" in compare_page(owner)


def test_the_steps_are_closed_for_good(owner):
    owner.post(reverse("first_steps_close"))
    owner.post(reverse("first_steps_close"))

    page = compare_page(owner)

    assert "First steps" not in page
    assert "Try with these" not in page


def test_a_sample_that_there_is_not_changes_nothing(owner):
    answer = owner.post(reverse("sample_pair"), {"pair": "nonsense"}, follow=True)

    assert "Choose one of the samples." in answer.content.decode()
    assert not Verification.objects.exists()


def test_every_sample_is_shipped_and_small():
    for pair in samples.PAIRS.values():
        assert all(len(samples.read(file)) < 20_000 for file in (pair.probe, pair.reference))
    for files in samples.PEOPLE.values():
        assert all(len(samples.read(file)) < 20_000 for file in files)
