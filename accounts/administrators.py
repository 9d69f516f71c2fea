"""Administrators: the users who may open the operator's console."""

from django.db import transaction

from .audit.actions import Action
from .audit.services import record
from .models import User


def administrator_exists() -> bool:
    return User.objects.filter(is_staff=True, is_active=True).exists()


def administrator_make(*, user: User) -> None:
    """Let a user administer the site. Their photos stay theirs alone, and so do those of others."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_staff=True)
        record(action=Action.MADE_STAFF, account=user.pk, object=user)
    user.is_staff = True
