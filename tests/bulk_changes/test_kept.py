"""How long it is kept what was ordered for many people."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.support.people import person, words
from tests.support.present import present
from tests.support.things import bulk_change
from verification.bulk_changes.services import bulk_change_delete, bulk_change_order
from verification.gallery.selection import Chosen
from verification.gallery.undo import changes_prune
from verification.models import BulkChange, Person, Receipt
from verification.retention import rules, runs
from verification.worker.tasks import change_many

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept_for_90_days(settings):
    settings.FACEVERIFY_KEEP_DAYS = dict.fromkeys(settings.FACEVERIFY_KEEP_DAYS) | {
        "bulk_changes": 90
    }


def ended(owner, *, days: int, **columns) -> BulkChange:
    at = timezone.now() - timedelta(days=days)
    return bulk_change(owner, **{"state": "done", "finished_at": at} | columns)


def night() -> None:
    while not runs.run_rules(now=timezone.now() + timedelta(days=1)):
        pass


def test_an_order_that_has_ended_is_forgotten_by_the_rule_and_one_under_way_is_not(user, owner):
    old = ended(user, days=100)
    failed = ended(user, days=100, state="failed", failure_code="worker_lost", ids=b"i" * 16)
    new, waiting = ended(user, days=80), bulk_change(user)
    page = words(owner.get("/account/retention/"))
    assert "2 changes of many people" in page

    night()

    assert {*BulkChange.objects.all()} == {new, waiting}
    assert Receipt.objects.get().counts == {"bulk_changes": 2}
    assert not BulkChange.objects.filter(pk__in=[old.pk, failed.pk]).exists()


def test_an_order_stays_while_those_whom_it_deleted_can_be_brought_back(user, settings):
    person(user, "Ada")
    job = bulk_change_order(owner=user, chosen=Chosen(everyone=True), action="delete")
    change_many(str(job.pk))
    long_ago = timezone.now() - timedelta(days=100)
    BulkChange.objects.filter(pk=job.pk).update(finished_at=long_ago)

    night()
    job.refresh_from_db()
    assert job.can_undo

    settings.FACEVERIFY_UNDO_MINUTES = 0
    assert changes_prune() == 1
    assert rules.due_of(owner=user)[0].first == [job]
    night_after = timezone.now() + timedelta(days=2)
    while not runs.run_rules(now=night_after):
        pass
    assert not BulkChange.objects.exists()
    assert not Person.all_objects.exists()


def test_a_restored_backup_brings_no_order_back(user, capsys):
    job = ended(user, days=1)
    columns = {
        field.attname: getattr(job, field.attname) for field in BulkChange._meta.concrete_fields
    }
    bulk_change_delete(job=job)
    BulkChange.objects.create(**columns)

    call_command("replay_erasures")

    assert not BulkChange.objects.exists()
    assert present(Receipt.objects.first()).counts == {"bulk_changes": 1}
