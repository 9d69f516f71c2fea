"""One change at a time of what an owner may have only so many of."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from .models import User


@contextmanager
def owner_locked(owner_id: UUID) -> Iterator[None]:
    """A transaction that begins once every other one of this owner's has ended.

    What is counted in it still holds when a row is added in it: two requests at the same moment
    cannot both take the last free place. Rows that merely belong to the owner can be added
    meanwhile. On SQLite a transaction that writes is alone anyway.
    """
    with transaction.atomic():
        owner = User.objects.select_for_update(no_key=True).filter(pk=owner_id)
        owner.values_list("pk").first()
        yield
