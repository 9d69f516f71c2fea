"""Who else may use a gallery."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .gallery_models import Gallery, Role


class Membership(models.Model):
    """Another account's place in a gallery. The gallery's `owner` needs none: that is the account to
    which it belongs, which pays for its storage and whose rules of retention hold.

        invited, and accepted --> member --> left, removed, or the owner now: the row is gone

    A member with the role `owner` may do what the owner may, but give it away. One who `takes_over`
    has agreed to become the owner when the owner closes their account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    takes_over = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["gallery", "user"], name="membership_once"),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="membership_owners_take_over", condition=Q(takes_over=False) | Q(role="owner")
            ),
        ]
        indexes = [models.Index(fields=["user", "role"], name="membership_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.gallery_id}: {self.role}"
