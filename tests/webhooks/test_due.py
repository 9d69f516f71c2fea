"""A delivery that is to be tried again later waits until then, and no longer."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from tests.support.migrations import migrations
from tests.support.present import present
from verification.jobs import recovery
from verification.jobs.claims import claim, retry_at
from verification.jobs.queues import WEBHOOKS
from verification.models import Delivery
from verification.webhooks.services import webhook_create, webhook_test

HOUR = timedelta(hours=1)


@pytest.fixture
def queued(monkeypatch):
    """The primary keys that the sweep queues."""
    rows: list[UUID] = []

    def send(_task: str, pk: UUID) -> bool:
        rows.append(pk)
        return True

    monkeypatch.setattr(recovery, "send", send)
    monkeypatch.setattr(recovery, "depth", lambda queue: len(rows) if queue == WEBHOOKS else 0)
    return rows


@pytest.fixture
def delivery(user, settings):
    webhook, _secret = webhook_create(
        owner=user, url="https://receiver.example.org/", events=["batch.completed"]
    )
    return webhook_test(webhook=webhook)


def make_due(delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())


@pytest.mark.django_db
def test_a_new_delivery_is_not_queued_a_second_time_at_once(delivery, queued):
    assert recovery.resend_pending() == 0


@pytest.mark.django_db
def test_before_its_time_nobody_queues_or_claims_it(delivery, queued):
    retry_at(present(claim(Delivery, pk=delivery.pk, worker=None)), timezone.now() + HOUR)

    assert recovery.resend_pending() == recovery.resend_pending(everything=True) == 0
    assert claim(Delivery, pk=delivery.pk, worker=None) is None
    assert (queued, Delivery.objects.get().attempts) == ([], 0)


@pytest.mark.django_db
def test_from_its_time_on_it_is_queued_once_and_claimed(delivery, queued):
    retry_at(present(claim(Delivery, pk=delivery.pk, worker=None)), timezone.now() + HOUR)
    make_due(delivery)

    assert recovery.resend_pending() == 1
    assert recovery.resend_pending() == 0
    assert queued == [delivery.pk]
    assert claim(Delivery, pk=delivery.pk, worker=None) is not None


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_deliveries_of_an_earlier_version_keep_their_time_and_their_attempts(queued):
    with migrations("verification") as at:
        old = at("0018_kinds_in_the_registry")
        now = timezone.now()
        owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
        webhook = old.get_model("verification", "Webhook").objects.create(owner=owner)
        later, due = (
            old.get_model("verification", "Delivery").objects.create(
                webhook=webhook,
                due_at=at_time,
                enqueued_at=at_time - timedelta(seconds=30),
                give_up_at=now + 2 * HOUR,
            )
            for at_time in (now + HOUR, now)
        )
        old.get_model("verification", "Try").objects.create(
            delivery=later, milliseconds=7, status=503
        )

        at("0019_jobs_due_at")

    assert recovery.resend_pending() == 1
    assert queued == [due.pk]
    kept = Delivery.objects.get(pk=later.pk)
    assert kept.due_at == now + HOUR
    assert [(attempt.milliseconds, attempt.status) for attempt in kept.log.all()] == [(7, 503)]
