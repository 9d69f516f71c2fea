"""Administrators: the users who may open the operator's console."""

from .models import User


def administrator_exists() -> bool:
    return User.objects.filter(is_staff=True, is_active=True).exists()


def administrator_make(*, user: User) -> None:
    """Let a user administer the site. Their photos stay theirs alone, and so do those of others."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.is_staff = True
