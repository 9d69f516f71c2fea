"""What an owner does with webhooks, and the events that fill them."""

import json
import random
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.owner_lock import owner_locked

from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, run_again
from ..photos.storage import cipher
from . import signing
from .addresses import check_url
from .models import EVENTS, TEST_EVENT, Delivery, Webhook

WEBHOOKS_PER_USER = 10
OVERLAP = timedelta(days=1)  # in which a rotated secret signs beside the new one
GIVE_UP = timedelta(days=1)
KEPT = timedelta(days=30)  # of finished deliveries
TESTS_AT_ONCE = 5


def webhook_create(
    *, owner, url: str, events: list[str], description: str = ""
) -> tuple[Webhook, str]:
    """A new webhook and its secret `whsec_...`, which is never to be seen again.

    Raises ValidationError, a dict by field.
    """
    fields = _clean({"url": url, "events": events, "description": description})
    secret = signing.new_secret()
    with owner_locked(owner.pk):
        if Webhook.objects.filter(owner=owner).count() >= WEBHOOKS_PER_USER:
            raise ValidationError(
                {"url": f"You have {WEBHOOKS_PER_USER} webhooks already: delete one first."}
            )
        webhook = Webhook.objects.create(owner=owner, secret=_seal(secret), **fields)
    return webhook, secret


def webhook_update(*, webhook: Webhook, **fields) -> Webhook:
    """Change `url`, `events`, `description`, `enabled`. Raises ValidationError."""
    fields = _clean(fields)
    if "url" in fields or fields.get("enabled"):
        fields |= {"failures": 0, "paused_until": None}
    Webhook.objects.filter(pk=webhook.pk).update(**fields)
    webhook.refresh_from_db()
    return webhook


def webhook_rotate(*, webhook: Webhook) -> str:
    """A new secret. The former one signs beside it for a day, so that a receiver can change over."""
    secret = signing.new_secret()
    with transaction.atomic():
        locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
        locked.former_secret = locked.secret
        locked.former_until = timezone.now() + OVERLAP
        locked.secret = _seal(secret)
        locked.save(update_fields=["secret", "former_secret", "former_until"])
    webhook.refresh_from_db()
    return secret


def webhook_delete(*, webhook: Webhook) -> None:
    """Delete it with its log; what was still to be delivered is not."""
    webhook.delete()


def webhook_test(*, webhook: Webhook) -> Delivery:
    """Send an event that means nothing. Raises ActionNotAllowed while several wait."""
    waiting = webhook.deliveries.filter(event=TEST_EVENT, state__in=(PENDING, RUNNING))
    with owner_locked(webhook.owner_id):
        if waiting.count() >= TESTS_AT_ONCE:
            raise ActionNotAllowed("Some tests are still under way: wait for them.")
        (delivery,) = _deliver_to([webhook], TEST_EVENT, {"webhook_id": str(webhook.pk)}, True)
    return delivery


def delivery_resend(*, delivery: Delivery) -> Delivery:
    """Send it once more, and with new retries. Raises ActionNotAllowed while it is under way."""
    now = timezone.now()
    fresh = {"tries": 0, "by_hand": True, "due_at": now, "give_up_at": now + GIVE_UP}
    if delivery.state == Delivery.State.PENDING:  # it waits for its next try: now is the time
        moved = Delivery.objects.filter(pk=delivery.pk, state=PENDING).update(**fresh)
        if not moved:
            raise ActionNotAllowed("It is being delivered at this moment.")
        with transaction.atomic():
            enqueue(delivery)
        delivery.refresh_from_db()
        return delivery
    if delivery.state == Delivery.State.RUNNING:
        raise ActionNotAllowed("It is being delivered at this moment.")
    return run_again(delivery, delivery.state, **fresh)


def event_emit(*, owner_id, event: str, data: dict) -> int:
    """Queue an event for those of the owner's webhooks that want it; how many there are.

    Call it in the transaction that makes the event true: then neither is there without the other.
    """
    wanting = [
        webhook
        for webhook in Webhook.objects.filter(owner_id=owner_id, enabled=True)
        if event in webhook.events
    ]
    return len(_deliver_to(wanting, event, data))


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets in force, newest first."""
    found = [_unseal(webhook.secret)]
    if webhook.former_until is not None and webhook.former_until > timezone.now():
        found.append(_unseal(webhook.former_secret))
    return found


def prune_deliveries() -> int:
    """Forget finished deliveries after a month."""
    old = Delivery.objects.filter(finished_at__lt=timezone.now() - KEPT)
    return old.delete()[0]


def _deliver_to(
    webhooks: list[Webhook], event: str, data: dict, by_hand: bool = False
) -> list[Delivery]:
    if not webhooks:
        return []
    now = timezone.now()
    body = json.dumps(
        {"type": event, "timestamp": now.isoformat().replace("+00:00", "Z"), "data": data},
        separators=(",", ":"),
    )
    made = [
        Delivery(webhook=webhook, event=event, body=body, by_hand=by_hand, give_up_at=now + GIVE_UP)
        for webhook in webhooks
    ]
    Delivery.objects.bulk_create(made)
    for delivery in made:
        enqueue(delivery)
    return made


def pause_after(tries: int) -> timedelta:
    """From a failed try to the next: 5 s, then four times as long each, to 4 hours at most; never
    all at the same moment."""
    seconds = min(5 * 4**tries, 4 * 3600)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  jitter


def _clean(fields: dict) -> dict:
    if "url" in fields:
        fields["url"] = check_url(fields["url"])
    if "description" in fields:
        fields["description"] = " ".join(fields["description"].split())[:200]
    if "events" in fields:
        unknown = [event for event in fields["events"] if event not in EVENTS]
        if unknown or not fields["events"]:
            raise ValidationError({"events": f"Choose from {', '.join(EVENTS)}."})
        fields["events"] = [event for event in EVENTS if event in fields["events"]]
    return fields


def _seal(secret: str) -> bytes:
    return cipher().encrypt(secret.encode())


def _unseal(stored: bytes) -> str:
    return cipher().decrypt(bytes(stored)).decode()
