"""Reads, always scoped to an owner."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User

from .models import Delivery, Webhook


def webhook_list(*, owner: User) -> QuerySet[Webhook]:
    """The owner's webhooks, newest first."""
    return Webhook.objects.filter(owner=owner).order_by("-created_at", "-id")


def webhook_get(*, owner: User, id: UUID | str) -> Webhook:
    """One of the owner's webhooks; Http404 for anything else."""
    try:
        return Webhook.objects.get(owner=owner, pk=id)
    except (Webhook.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such webhook.") from None


def delivery_list(*, webhook: Webhook) -> QuerySet[Delivery]:
    """The webhook's deliveries, newest first, each with its attempts."""
    rows = Delivery.objects.filter(webhook=webhook).prefetch_related("log")
    return rows.order_by("-created_at", "-id")


def next_try(*, webhook: Webhook) -> datetime | None:
    """When the next message is sent to a webhook that failed; None while none waits."""
    waiting = Delivery.objects.filter(webhook=webhook, state=Delivery.State.PENDING)
    due = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    if due is None or webhook.paused_until is None:
        return due
    return max(due, webhook.paused_until)


def delivery_get(*, owner: User, id: UUID | str) -> Delivery:
    """One of the owner's deliveries; Http404 for anything else."""
    try:
        return Delivery.objects.select_related("webhook").get(webhook__owner=owner, pk=id)
    except (Delivery.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such delivery.") from None
