"""An invitation, and who used it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Invitation(models.Model):
    """A link with which people may create an account here: one, or as many as `uses` says.

    open -> used up    by the last of the accounts
    open -> expired    at `expires_at`
    open -> revoked    by an administrator, for good

    With an `email`, the account has to have that address. `staff` makes its user an administrator;
    whoever has an account already can become one with it as well. `first_administrator` is for a
    site that has no administrator yet, and is void as soon as there is one.

    Only the SHA-256 of the link's token is stored: it is 256 bits of randomness.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(max_length=254, blank=True)
    staff = models.BooleanField(default=False)
    first_administrator = models.BooleanField(default=False)
    uses = models.PositiveSmallIntegerField(default=1)
    used = models.PositiveSmallIntegerField(default=0)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations_made",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    # Whoever opens the link has read the mail, so the address is theirs.
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("uses")), name="invitation_uses_left"),
            models.CheckConstraint(
                condition=Q(email="") | Q(uses=1), name="invitation_of_one_address_once"
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="invitation_newest")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def state(self) -> str:
        """open, used, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.used >= self.uses:
            return "used"
        return "expired" if self.expires_at <= timezone.now() else "open"


class InvitationUse(models.Model):
    """Who used an invitation, and when. The user is gone when the account is."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="used_by")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="invitations_used",
    )
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"use of {self.invitation_id}"
