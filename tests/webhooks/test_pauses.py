"""A receiver that is away is left alone for a while; one that fails now and then is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.present import present
from verification.jobs.claims import claim
from verification.models import Delivery, Webhook
from verification.webhooks import sending, worker
from verification.webhooks.services import webhook_create

pytestmark = pytest.mark.django_db

GOOD, BAD = sending.Answer(204, "", 5), sending.Answer(503, "", 5)


@pytest.fixture
def webhook(user) -> Webhook:
    return webhook_create(
        owner=user, url="https://receiver.example.org/", events=["batch.completed"]
    )[0]


def attempted(webhook: Webhook, monkeypatch, *answers: sending.Answer) -> list[str]:
    """A delivery for each answer, attempted one after the other; what became of each."""
    coming = iter(answers)
    monkeypatch.setattr(sending, "post", lambda *_args, **_kwargs: next(coming))
    rows = [
        Delivery.objects.create(
            webhook=webhook,
            event="batch.completed",
            body="{}",
            give_up_at=timezone.now() + timedelta(days=1),
        )
        for _ in answers
    ]
    for row in rows:
        worker.deliver(present(claim(Delivery, pk=row.pk, worker=None)))
    return [Delivery.objects.get(pk=row.pk).state for row in rows]


def test_after_one_failure_only_what_failed_waits(webhook, monkeypatch):
    states = attempted(webhook, monkeypatch, GOOD, BAD, GOOD, BAD, GOOD)

    assert states == ["delivered", "pending", "delivered", "pending", "delivered"]
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.is_paused) == (0, False)


def test_after_two_failures_in_a_row_everything_waits(webhook, monkeypatch):
    states = attempted(webhook, monkeypatch, BAD, BAD, GOOD)

    assert states == ["pending", "pending", "pending"]  # the last was not sent
    webhook.refresh_from_db()
    assert (webhook.failures, webhook.is_paused) == (2, True)
