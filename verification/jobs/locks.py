"""One request of an owner at a time."""

from uuid import UUID

from accounts.models import User


def lock_owner(owner_id: UUID) -> None:
    """Make other transactions that lock the same owner wait until this one ends. Whoever checks a
    limit does this first, so that no two requests pass with the last free place."""
    User.objects.select_for_update().filter(pk=owner_id).values_list("pk").first()
