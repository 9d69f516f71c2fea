"""What a worker does: attempt a delivery, and decide when to try again."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from ..jobs.claims import Claim, retry_at
from ..jobs.clock import now
from ..jobs.models import FAILED
from . import sending, signing
from .models import TEST_EVENT, Delivery, DeliveryAttempt, Webhook
from .services import pause_after, secrets_of

# A receiver that does not answer must not keep the workers from other work: after two failed attempts in a
# row all deliveries to it wait, longer with each failure. One that fails now and then goes on: only what
# failed is sent later.
LONGEST_PAUSE = timedelta(minutes=5)
GONE = 410  # the receiver wants no more


def deliver(claim: Claim[Delivery]) -> bool:
    """Make one attempt. False when the claim was lost or there is no webhook any more."""
    delivery = claim.row
    webhook = Webhook.objects.filter(pk=delivery.webhook_id).first()
    if webhook is None:  # deleted a moment ago, and the delivery with it
        return False
    if not webhook.enabled and delivery.event != TEST_EVENT:
        return claim.end(FAILED, failure_code="webhook_disabled")
    paused_until = webhook.paused_until
    if paused_until is not None and paused_until > now() and not delivery.by_hand:
        return retry_at(claim, min(paused_until, delivery.give_up_at))
    at, answer = now(), _post(delivery, webhook)
    with transaction.atomic():
        if not claim.held.exists():
            return False
        DeliveryAttempt.objects.create(
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
        timestamp=int(now().timestamp()),
        body=delivery.body,
    )
    return sending.post(webhook.url, body=delivery.body, headers=headers)


def _end(claim: Claim[Delivery], answer: sending.Answer) -> bool:
    delivery = claim.row
    if answer.is_good:
        return claim.end(Delivery.DONE, tries=F("tries") + 1)
    due = now() + pause_after(delivery.tries)
    # The result of a test is shown at once, and what the receiver does not want is not repeated.
    if delivery.event == TEST_EVENT or answer.status == GONE or due > delivery.give_up_at:
        return claim.end(FAILED, failure_code="not_delivered", tries=F("tries") + 1)
    return retry_at(claim, due, tries=F("tries") + 1, by_hand=False)


def _note(webhook: Webhook, answer: sending.Answer) -> None:
    """Write what the attempt means for further deliveries to the same address."""
    row = Webhook.objects.filter(pk=webhook.pk)
    if answer.is_good:
        if webhook.failures:
            row.update(failures=0, paused_until=None)
        return
    row.update(failures=F("failures") + 1)
    if webhook.failures:
        pause = min(pause_after(webhook.failures - 1), LONGEST_PAUSE)
        row.update(paused_until=now() + pause)
    if answer.status == GONE:
        row.update(enabled=False)
