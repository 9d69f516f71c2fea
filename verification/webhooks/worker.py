"""What a worker does: try to deliver, and say when to try again."""

import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ..jobs.claims import UNCLAIMED, Claim
from ..jobs.models import FAILED, PENDING
from . import sending, signing
from .models import TEST_EVENT, Delivery, Try, Webhook
from .services import pause_after, secrets_of

# A receiver that does not answer must not keep the workers from their work: after a failed try
# its other deliveries rest as well, longer with each failure.
LONGEST_REST = timedelta(minutes=5)
GONE = 410  # the receiver wants no more


def deliver(claim: Claim) -> bool:
    """One try. False when the claim was lost, or the webhook rests."""
    delivery = claim.row
    webhook = Webhook.objects.filter(pk=delivery.webhook_id).first()
    if webhook is None:  # deleted a moment ago, and the delivery with it
        return False
    if not webhook.enabled and delivery.event != TEST_EVENT:
        return claim.end(FAILED, failure_code="webhook_disabled")
    rest = webhook.paused_until
    if rest is not None and rest > timezone.now() and not delivery.by_hand:
        return _again_at(claim, min(rest, delivery.give_up_at))
    at, answer = timezone.now(), _post(delivery, webhook)
    with transaction.atomic():
        if not claim.held.exists():
            return False
        Try.objects.create(
            delivery_id=delivery.pk,
            at=at,
            milliseconds=answer.milliseconds,
            status=answer.status,
            error=answer.error,
        )
        _note(webhook, answer)
        return _end(claim, answer)


def _post(delivery: Delivery, webhook: Webhook) -> sending.Answer:
    headers = signing.headers(
        secrets_of(webhook),
        id=f"msg_{delivery.pk.hex}",
        timestamp=int(time.time()),
        body=delivery.body,
    )
    return sending.post(webhook.url, body=delivery.body, headers=headers)


def _end(claim: Claim, answer: sending.Answer) -> bool:
    delivery = claim.row
    if answer.is_good:
        return claim.end(Delivery.DONE, tries=F("tries") + 1)
    due = timezone.now() + pause_after(delivery.tries)
    # A test tells at once how it went, and what the owner's program does not want is not repeated.
    if delivery.event == TEST_EVENT or answer.status == GONE or due > delivery.give_up_at:
        return claim.end(FAILED, failure_code="not_delivered", tries=F("tries") + 1)
    return _again_at(claim, due, tries=F("tries") + 1, by_hand=False)


def _again_at(claim: Claim, due, **values) -> bool:
    """Pending until `due`: then the workers' sweep queues it. A try is no loss of a worker, so
    `attempts` starts anew."""
    requeue = timedelta(seconds=settings.FACEVERIFY_REQUEUE_SECONDS)
    return bool(
        claim.held.update(
            state=PENDING, attempts=0, due_at=due, enqueued_at=due - requeue, **UNCLAIMED, **values
        )
    )


def _note(webhook: Webhook, answer: sending.Answer) -> None:
    row = Webhook.objects.filter(pk=webhook.pk)
    if answer.is_good:
        if webhook.failures:
            row.update(failures=0, paused_until=None)
        return
    rest = min(pause_after(webhook.failures), LONGEST_REST)
    row.update(failures=F("failures") + 1, paused_until=timezone.now() + rest)
    if answer.status == GONE:
        row.update(enabled=False)
