"""One change at a time of what an owner may have only so many of."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth import get_user_model
from django.db import transaction


@contextmanager
def owner_locked(owner_id) -> Iterator[None]:
    """A transaction that begins once every other one of this owner's has ended.

    What is counted in it still holds when a row is added in it: two requests at the same moment
    cannot both take the last free place. Rows that merely belong to the owner can be added
    meanwhile. On SQLite a transaction that writes is alone anyway.
    """
    with transaction.atomic():
        owners = get_user_model()._base_manager.select_for_update(no_key=True)
        owners.filter(pk=owner_id).values_list("pk").first()
        yield
