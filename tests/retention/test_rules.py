"""Rules of retention: what is due, what is told before, and the nightly run."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.chain.checking import verify
from tests.support.found_faces import compared
from tests.support.people import anchor, person, words
from tests.support.rows import files_of, verification
from verification.comparisons.erasing import prune_erased_files
from verification.comparisons.services import verification_retry
from verification.gallery.galleries import create_gallery
from verification.gallery.models import Person
from verification.jobs.services import ActionNotAllowed
from verification.models import Receipt, RetentionRule, RetentionRun, Review, Verification
from verification.retention import kinds, rules, runs
from verification.reviews.services import review_set

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=400)


def old(row, **columns):
    Verification.objects.filter(pk=row.pk).update(created_at=LONG_AGO, **columns)
    row.refresh_from_db()
    return row


def finish() -> None:
    while not runs.run_rules(now=timezone.now() + timedelta(days=1)):
        pass


@pytest.fixture(autouse=True)
def by_default(settings):
    """No limits of the server's but those of a fresh installation."""
    settings.FACEVERIFY_KEEP_DAYS = dict.fromkeys(kinds.KINDS) | {"people": 30, "deliveries": 30}


def test_by_default_nothing_old_is_erased(user):
    row = old(verification(user, "done"))
    ada = person(user, "Ada", consent_given_by="Ada")
    review_set(verification=row, answer="right")
    Review.objects.update(updated_at=LONG_AGO)

    finish()

    row.refresh_from_db()
    assert row.probe_image and row.review
    assert Person.objects.get() == ada
    assert not Receipt.objects.exists()


def test_photos_go_and_the_verdict_stays(user, owner, committing):
    row = old(verification(user, "done", faces={"probe": compared(), "reference": compared()}))
    new = verification(user, "done")
    rules.rules_set(owner=user, days={"photos": 30})

    with committing():
        finish()

    row.refresh_from_db()
    assert (row.outcome, row.similarity, row.faces) == ("match", 0.91, {})
    assert files_of(row) == set() and files_of(new) == {"probe", "reference"}
    page = words(owner.get(f"/verifications/{row.pk}/"))
    assert f"Photos erased on {timezone.now():%-d %B %Y}, by the rule for how long" in page
    receipt = Receipt.objects.get()
    assert receipt.counts == {"photos": 2, "verdicts_without_photos": 1}
    assert receipt.details["days"]["photos"] == 30


def test_crops_go_alone(user, committing):
    from tests.retention.test_person import crop_of

    row = old(verification(user, "done"))
    crop_of(row, 4)
    rules.rules_set(owner=user, days={"crops": 30})

    with committing():
        finish()

    assert files_of(row) == {"probe", "reference"}


def test_a_failed_comparison_without_photos_cannot_be_tried_again(user, owner):
    row = old(verification(user, "failed"))
    rules.rules_set(owner=user, days={"photos": 30})
    finish()
    row.refresh_from_db()

    with pytest.raises(ActionNotAllowed, match="erased"):
        verification_retry(verification=row)

    assert "Try again" not in words(owner.get(f"/verifications/{row.pk}/"))


@pytest.mark.parametrize("kind", ["pair", "identify", "group", "photos", "person"])
def test_pages_without_photos_faces_and_names_open(user, owner, kind):
    entry = {
        "person_id": None,
        "name": "",
        "similarity": 0.9,
        "probability": 0.9,
        "outcome": "match",
    }
    row = old(
        verification(user, "done", kind=kind),
        candidates=[entry] if kind == "identify" else [],
        named_faces=[{**entry, "index": 0, "refusal": None}] if kind == "group" else [],
        name_erased_at=timezone.now(),
    )
    rules.rules_set(owner=user, days={"photos": 30, "crops": 30})
    finish()

    for url in (f"/verifications/{row.pk}/", "/history/"):
        assert owner.get(url).status_code == 200
    assert "erased" in words(owner.get(f"/verifications/{row.pk}/"))


def test_unfinished_work_is_left_alone(user):
    row = old(verification(user))
    rules.rules_set(owner=user, days={"photos": 1, "verdicts": 1})

    finish()

    row.refresh_from_db()
    assert row.probe_image


def test_an_account_can_only_shorten(user, owner, settings):
    settings.FACEVERIFY_KEEP_DAYS |= {"verdicts": 60}

    assert owner.post("/account/retention/", {"verdicts": "90"}).status_code == 422
    assert not RetentionRule.objects.exists()

    owner.post("/account/retention/", {"verdicts": "50"})
    rule = next(rule for rule in rules.rules_of(user.pk) if rule.kind.name == "verdicts")
    assert rule.days == 50

    settings.FACEVERIFY_KEEP_DAYS |= {"verdicts": 7}
    rule = next(rule for rule in rules.rules_of(user.pk) if rule.kind.name == "verdicts")
    assert rule.days == 7


def test_the_servers_limit_holds_without_a_rule_of_the_accounts(user, stranger, settings):
    rows = [old(verification(each, "done")) for each in (user, stranger)]
    settings.FACEVERIFY_KEEP_DAYS |= {"verdicts": 60}

    finish()

    assert not Verification.objects.filter(pk__in=[row.pk for row in rows]).exists()
    assert Receipt.objects.count() == 2


def test_one_accounts_rule_is_not_anothers(user, stranger):
    rows = [old(verification(each, "done")) for each in (user, stranger)]
    rules.rules_set(owner=user, days={"verdicts": 60})

    finish()

    assert list(Verification.objects.all()) == [rows[1]]


def test_what_goes_is_told_before(user, owner):
    old(verification(user, "done", title="The front door"))
    rules.rules_set(owner=user, days={"verdicts": 60})

    for url in ("/account/", "/history/"):
        assert "1 verdict will be erased" in words(owner.get(url))
    page = words(owner.get("/account/retention/"))
    assert "The front door" in page


def test_a_run_that_was_cut_off_goes_on_and_says_once_what_it_erased(user, monkeypatch):
    for _ in range(5):
        old(verification(user, "done"))
    rules.rules_set(owner=user, days={"verdicts": 60})
    at = rules.last_run_at(timezone.now() + timedelta(days=1))
    two = kinds.KINDS["verdicts"].__class__(**{**vars(kinds.KINDS["verdicts"]), "portion": 2})
    monkeypatch.setitem(kinds.KINDS, "verdicts", two)

    assert not runs._portion(at)
    assert Verification.objects.count() == 3 and not Receipt.objects.exists()
    finish()

    assert Receipt.objects.get().counts == {"verdicts": 5}
    assert RetentionRun.objects.get().finished_at
    assert verify(Receipt).intact


def test_an_error_in_one_account_does_not_keep_the_others(user, stranger, monkeypatch):
    first, second = sorted((user, stranger), key=lambda each: each.pk)
    for each in (first, second):
        old(verification(each, "done"))
        rules.rules_set(owner=each, days={"verdicts": 60})
    real = runs.erase_portion

    def failing(owner, at):
        if owner == first.pk:
            raise RuntimeError("damaged")
        return real(owner, at)

    monkeypatch.setattr(runs, "erase_portion", failing)

    finish()

    assert [row.owner for row in Verification.objects.all()] == [first]


def test_the_run_is_at_night(settings):
    settings.FACEVERIFY_RETENTION_HOUR = 2
    noon = datetime(2026, 5, 3, 12, tzinfo=UTC)

    assert rules.last_run_at(noon) == datetime(2026, 5, 3, 2, tzinfo=UTC)
    assert rules.next_run_at(noon) == datetime(2026, 5, 4, 2, tzinfo=UTC)
    assert rules.last_run_at(noon - timedelta(hours=11)) == datetime(2026, 5, 2, 2, tzinfo=UTC)


def test_a_person_is_erased_some_days_after_the_consent_ended(user, owner):
    today = timezone.now().date()
    ada = person(user, "Ada", consent_until=today - timedelta(days=40))
    person(user, "Bea", consent_until=today - timedelta(days=5))
    anchor(ada)
    assert "1 person will be erased" in words(owner.get("/account/"))

    finish()

    assert [each.name for each in Person.objects.all()] == ["Bea"]
    assert Receipt.objects.get().reason == "consent"


def test_files_that_a_killed_process_left_behind_go_later(user):
    """The callbacks that delete files never run: the process is killed right after the commit."""
    row = old(verification(user, "done"))
    rules.rules_set(owner=user, days={"photos": 30})
    finish()
    assert files_of(row) == {"probe", "reference"}

    assert prune_erased_files() == 2

    assert files_of(row) == set()


# Of a gallery


def test_a_gallery_keeps_what_is_its_own_for_its_own_days(user, committing):
    choir = create_gallery(owner=user, name="Choir")
    there, here = (old(verification(user, "done", gallery=each)) for each in (choir, None))
    rules.rules_set(owner=user, days={"verdicts": 500})
    rules.rules_set(owner=user, days={"verdicts": 30}, gallery=choir)
    assert [(due.rule.days, due.count) for due in rules.due_of(owner=user, gallery=choir)] == [
        (30, 1)
    ]
    assert [due.first for due in rules.due_of(owner=user)] == [[there]]

    with committing():
        finish()
    assert list(Verification.objects.all()) == [here]

    rules.rules_set(owner=user, days={"verdicts": 30})
    rules.rules_set(owner=user, days={"verdicts": 500}, gallery=choir)
    old(verification(user, "done", gallery=choir))
    assert [due.first for due in rules.due_of(owner=user)] == [[here]]
    assert rules.due_of(owner=user, gallery=choir) == []


def test_a_gallery_has_rules_only_for_what_it_has_and_nobody_else_sets_them(user, other):
    choir = create_gallery(owner=user, name="Choir")

    with pytest.raises(ValidationError, match="no such kind"):
        rules.rules_set(owner=user, days={"deliveries": 3}, gallery=choir)
    assert other.get(f"{reverse('retention')}?gallery={choir.pk}").status_code == 404
    assert not RetentionRule.objects.exists()
