"""The addresses that an owner has events sent to, the messages, and each attempt to deliver one."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..jobs.models import Job, job_constraints, job_indexes
from ..jobs.queues import WEBHOOKS

EVENTS = {
    "verification.completed": gettext_lazy(
        "A comparison or search is finished, whatever the result"
    ),
    "batch.completed": gettext_lazy("A batch of pairs is finished"),
    "import.completed": gettext_lazy("An import into the gallery is finished"),
    "live_session.completed": gettext_lazy("A live session is over, whatever the result"),
}
TEST_EVENT = "webhook.test"
URL_LENGTH = 2000


class Webhook(models.Model):
    """An address that events are sent to. `failures` counts the attempts that failed since the last
    one that succeeded; after two in a row further ones wait until `paused_until`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.CharField(max_length=URL_LENGTH)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)

    # Encrypted as the files are. For a day after a rotation both sign.
    secret = models.BinaryField()
    former_secret = models.BinaryField(default=b"", blank=True)
    former_until = models.DateTimeField(null=True, blank=True)

    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="webhook_by_owner"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_paused(self) -> bool:
        """Whether messages wait, since the receiver did not take the last two or more."""
        return self.paused_until is not None and self.paused_until > timezone.now()

    @property
    def event_names(self) -> list[str]:
        return [EVENTS.get(event, event) for event in self.events]


class Delivery(Job):
    """One event for one webhook.

        made -> pending -- due_at --> running --> delivered   answered with 2xx
                   ^                     |  '---> failed      no 2xx until `give_up_at`
                   '- due_at later, -----'
                      after a growing pause

    Its body is written once, with the event, and is the same in every attempt.
    """

    DONE = "delivered"
    TASK = "verification.deliver"
    QUEUE = WEBHOOKS

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("waiting")
        RUNNING = "running", gettext_lazy("running")
        DELIVERED = "delivered", gettext_lazy("delivered")
        REFUSED = "refused", gettext_lazy("refused")
        FAILED = "failed", gettext_lazy("failed")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    event = models.CharField(max_length=50)
    body = models.TextField()
    due_at = models.DateTimeField(default=timezone.now)  # always known: the API shows it
    give_up_at = models.DateTimeField()
    # Since it was made or sent again by hand; decides the next pause.
    tries = models.PositiveSmallIntegerField(default=0)
    # Sent again by the owner, or a test: does not wait until the webhook's pause is over.
    by_hand = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["webhook", "-created_at", "-id"], name="delivery_by_webhook"),
            *job_indexes(),
        ]
        constraints = job_constraints("delivered")


class DeliveryAttempt(models.Model):
    """One request, and what came of it: a status, or in `error` why there is none."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(default=timezone.now)
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)

    ERRORS = {
        "address_not_public": gettext_lazy(
            "not sent: the name points to an address that is not public"
        ),
        "name_not_found": gettext_lazy("the name was not found"),
        "too_slow": gettext_lazy("no answer in time"),
        "tls_failed": gettext_lazy("no secure connection: the certificate is not valid"),
        "not_reachable": gettext_lazy("nothing answers at this address"),
        "connection_broken": gettext_lazy("the connection broke off"),
    }

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.status or self.error} at {self.at}"

    @property
    def error_text(self) -> str:
        return str(self.ERRORS.get(self.error, self.error))
