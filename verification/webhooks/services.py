"""What an owner does with webhooks, and the events that are sent to them."""

import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from accounts.owner_lock import owner_locked

from ..jobs import clock
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, run_again
from ..photos.storage import cipher
from . import signing
from .addresses import check_url
from .models import EVENTS, TEST_EVENT, Delivery, Webhook

WEBHOOKS_PER_USER = 10
OVERLAP = timedelta(days=1)  # during which the former secret signs beside the new one
GIVE_UP = timedelta(days=1)
TESTS_AT_ONCE = 5


def webhook_create(
    *, owner: User, url: str, events: list[str], description: str = ""
) -> tuple[Webhook, str]:
    """A new webhook and its secret `whsec_...`, which is not shown again.

    Raises ValidationError, a dict by field.
    """
    fields = _clean({"url": url, "events": events, "description": description})
    secret = signing.new_secret()
    with owner_locked(owner.pk):
        if Webhook.objects.filter(owner=owner).count() >= WEBHOOKS_PER_USER:
            raise ValidationError(
                {
                    "url": gettext("You have %(most)s webhooks already: delete one first.")
                    % {"most": WEBHOOKS_PER_USER}
                }
            )
        webhook = Webhook.objects.create(owner=owner, secret=_encrypt(secret), **fields)
    return webhook, secret


def webhook_update(*, webhook: Webhook, **fields: Any) -> Webhook:
    """Change `url`, `events`, `description`, `enabled`. Raises ValidationError."""
    fields = _clean(fields)
    if "url" in fields or fields.get("enabled"):
        fields |= {"failures": 0, "paused_until": None}
    Webhook.objects.filter(pk=webhook.pk).update(**fields)
    webhook.refresh_from_db()
    return webhook


def webhook_rotate(*, webhook: Webhook) -> str:
    """A new secret. The former one signs beside it for a day, so that the receiver can switch."""
    secret = signing.new_secret()
    with transaction.atomic():
        locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
        locked.former_secret = locked.secret
        locked.former_until = timezone.now() + OVERLAP
        locked.secret = _encrypt(secret)
        locked.save(update_fields=["secret", "former_secret", "former_until"])
    webhook.refresh_from_db()
    return secret


def webhook_delete(*, webhook: Webhook) -> None:
    """Delete it with its log; what was still waiting is not delivered."""
    with transaction.atomic():
        record(action=Action.DELETED, object=webhook)
        webhook.delete()


def webhook_test(*, webhook: Webhook) -> Delivery:
    """Send an event that means nothing. Raises ActionNotAllowed while several wait."""
    waiting = webhook.deliveries.filter(event=TEST_EVENT, state__in=(PENDING, RUNNING))
    with owner_locked(webhook.owner_id):
        if waiting.count() >= TESTS_AT_ONCE:
            raise ActionNotAllowed(
                gettext("Some tests are still under way. Wait until they are finished.")
            )
        (delivery,) = _deliver_to([webhook], TEST_EVENT, {"webhook_id": str(webhook.pk)}, True)
    return delivery


def delivery_resend(*, delivery: Delivery) -> Delivery:
    """Send it once more now, with new retries. Raises ActionNotAllowed while it is under way."""
    if delivery.state == Delivery.State.RUNNING:
        raise ActionNotAllowed(gettext("It is being delivered at this moment."))
    now = clock.now()
    return run_again(
        delivery, delivery.state, tries=0, by_hand=True, due_at=now, give_up_at=now + GIVE_UP
    )


def event_emit(*, owner_id: UUID, event: str, data: dict[str, Any]) -> int:
    """Queue an event for the owner's webhooks that subscribe to it; how many there are.

    Call it in the transaction in which the event happens, so that neither is stored without the
    other.
    """
    subscribed = [
        webhook
        for webhook in Webhook.objects.filter(owner_id=owner_id, enabled=True)
        if event in webhook.events
    ]
    return len(_deliver_to(subscribed, event, data))


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets in force, newest first."""
    secrets = [_decrypt(webhook.secret)]
    if webhook.former_until is not None and webhook.former_until > timezone.now():
        secrets.append(_decrypt(webhook.former_secret))
    return secrets


def _deliver_to(
    webhooks: list[Webhook], event: str, data: dict[str, Any], by_hand: bool = False
) -> list[Delivery]:
    if not webhooks:
        return []
    now = clock.now()
    body = json.dumps(
        {"type": event, "timestamp": now.isoformat().replace("+00:00", "Z"), "data": data},
        separators=(",", ":"),
    )
    deliveries = [
        Delivery(
            webhook=webhook,
            event=event,
            body=body,
            by_hand=by_hand,
            enqueued_at=now,
            due_at=now,
            give_up_at=now + GIVE_UP,
        )
        for webhook in webhooks
    ]
    Delivery.objects.bulk_create(deliveries)
    for delivery in deliveries:
        enqueue(delivery)
    return deliveries


def pause_after(tries: int) -> timedelta:
    """From a failed attempt to the next one: 5 s at first, then four times as long after each
    attempt, 4 hours at most; varied, so that not all are repeated at the same moment."""
    seconds = min(5 * 4**tries, 4 * 3600)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  jitter


def _clean(fields: dict[str, Any]) -> dict[str, Any]:
    if "url" in fields:
        fields["url"] = check_url(fields["url"])
    if "description" in fields:
        fields["description"] = " ".join(fields["description"].split())[:200]
    if "events" in fields:
        unknown = [event for event in fields["events"] if event not in EVENTS]
        if unknown or not fields["events"]:
            raise ValidationError(
                {"events": gettext("Choose from %(events)s.") % {"events": ", ".join(EVENTS)}}
            )
        fields["events"] = [event for event in EVENTS if event in fields["events"]]
    return fields


def _encrypt(secret: str) -> bytes:
    return cipher().encrypt(secret.encode())


def _decrypt(stored: bytes | memoryview) -> str:
    return cipher().decrypt(bytes(stored)).decode()
