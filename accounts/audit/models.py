"""The entries of the audit log."""

import uuid

from django.db import models
from django.utils import timezone

from ..chain.models import ChainedEntry
from .actions import Action


class AuditEntry(ChainedEntry):
    """Something that an account, one of its programs, the staff or the server did.

    Everybody and everything is named by its id alone, without a foreign key, so that the entry
    outlives what it is about. There is no face, name, file name, email address or password in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=40)  # one of Action
    # Whose log it belongs to. None: only the staff's, such as a failed sign-in to no account.
    account = models.UUIDField(null=True, blank=True)
    actor = models.UUIDField(
        null=True, blank=True
    )  # the user who did it; None: nobody or the server
    key = models.UUIDField(null=True, blank=True)  # the API key with which it was done
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45, blank=True)  # as FACEVERIFY_AUDIT_ADDRESS says
    request_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="audit_by_account"),
            models.Index(fields=["-created_at", "-id"], name="audit_by_time"),
        ]

    oldest_first = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M:%S} {self.action}"

    @property
    def label(self) -> str:
        known = self.action in Action.values  # it may come from a later release
        return str(Action(self.action).label) if known else self.action

    @property
    def kind(self) -> str:
        return self.action.partition(".")[0]

    def vouches_for(self) -> tuple[int, str] | None:
        if self.action == Action.LOG_PRUNED:
            return self.detail["through"], self.detail["hash"]
        return None
