"""Invitations to share a gallery."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..gallery.gallery_models import Gallery, Role


class GalleryInvitation(models.Model):
    """Somebody may become a member of a gallery: whoever has the address `email`.

        open -> accepted     by an account with that address
        open -> declined     by it
        open -> withdrawn    by an owner, or because a newer one to this address was made
        open -> (expired)    at `expires_at`

    Whether there is an account with the address is told nobody: not even the inviter, before the
    invitation is accepted.
    """

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("open")
        ACCEPTED = "accepted", gettext_lazy("accepted")
        DECLINED = "declined", gettext_lazy("declined")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)  # in small letters
    role = models.CharField(max_length=10, choices=Role.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gallery_invitations_made"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "email"],
                condition=Q(state="open"),
                name="gallery_invitation_open_once",
            ),
        ]
        indexes = [models.Index(fields=["email", "state"], name="gallery_invitation_by_email")]

    def __str__(self) -> str:
        return f"invitation {self.pk} ({self.state})"
