"""Rules, runs, receipts, and the list of what was erased."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.chain.models import ChainedEntry

from ..gallery_io.models import Transfer
from ..jobs.models import job_constraints, job_indexes
from ..jobs.queues import BULK


class RetentionRule(models.Model):
    """For how many days an owner keeps things of one kind, or those of one gallery; without one of the
    gallery's the owner's rule holds, without one of the owner's the server's limit."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    gallery = models.ForeignKey(
        "verification.Gallery", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=20)  # a key of kinds.KINDS
    days = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind"],
                condition=models.Q(gallery=None),
                name="retention_rule_once",
            ),
            models.UniqueConstraint(
                fields=["gallery", "kind"],
                condition=models.Q(gallery__isnull=False),
                name="retention_rule_once_for_a_gallery",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"


class RetentionRun(models.Model):
    """The rules' run of one night, over one owner after another.

        made -> (owner by owner, a portion in each transaction) -> finished_at

    A run that is cut off goes on after `done_with`, with what is still due of the next owner:
    `counts` is what it has erased of that owner's, by reason, for the receipts.
    """

    at = models.DateTimeField(unique=True)  # what was due then is erased
    done_with = models.UUIDField(null=True)
    counts = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class Receipt(ChainedEntry):
    """What was erased, how many of each kind, when and why. It names nobody, and outlives the
    account: of that it holds a digest only, see erased.digest_of."""

    class Reason(models.TextChoices):
        RULE = "rule", gettext_lazy("by the rules of retention")
        CONSENT = "consent", gettext_lazy("a consent had ended")
        REQUEST = "request", gettext_lazy("a person was erased everywhere")
        CLOSED = "closed", gettext_lazy("the account was closed")
        RESTORED = (
            "restored",
            gettext_lazy("it was erased before, and a backup had brought it back"),
        )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)
    account = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    counts = models.JSONField(default=dict)  # {what: how many}, see words.COUNTED
    details = models.JSONField(default=dict, blank=True)  # {kind: days} of a rule

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="receipt_by_account")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.reason}"


class Erased(models.Model):
    """Something that is gone for good, by a digest of its id, so that a backup from before cannot
    bring it back unnoticed. `listed`: it stands in the list outside of the database as well."""

    kind = models.CharField(max_length=30)  # see erased.py
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    listed = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="erased_not_listed", condition=models.Q(listed=False))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"


class ClosingAccount(models.Model):
    """An account that is being erased; the row goes with the last of it.

    A receipt with the id `receipt` follows, with `counts`.
    """

    owner_id = models.UUIDField(primary_key=True)
    receipt = models.UUIDField(default=uuid.uuid4, unique=True)
    counts = models.JSONField(default=dict)
    closed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.receipt)


class AccountExport(Transfer):
    """A ZIP of everything that an account has, which a worker makes."""

    TASK = "verification.export_account"
    QUEUE = BULK
    ROOT = "downloads"

    stem = models.CharField(max_length=32, blank=True)  # its file: each run has its own
    written = models.PositiveIntegerField(default=0)  # photos so far
    left_out_count = models.PositiveIntegerField(default=0)  # photos that could not be read
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(Transfer.Meta):
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="account_export_by_owner"),
            *job_indexes(),
        ]
        constraints = [*job_constraints("done")]

    @property
    def is_fetchable(self) -> bool:
        return self.expires_at is not None and timezone.now() < self.expires_at
