"""The galleries that a key can be bound to. They belong to an application that knows of accounts, and not
the other way round: it registers how to find them."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from .models import User

# The ids and names of the galleries that a user may bind a key to; with an id only that one.
Find = Callable[[User, UUID | None], list[tuple[UUID, str]]]

_find: list[Find] = []


def register(find: Find) -> None:
    _find[:] = [find]


def galleries_of(user: User) -> list[tuple[UUID, str]]:
    """What there is to choose from, (id, name)."""
    return _find[0](user, None) if _find else []


def check_gallery(user: User, gallery: UUID | None) -> None:
    """Raises ValidationError, a dict by field, for a gallery that the user may not bind a key to."""
    if gallery is not None and not (_find and _find[0](user, gallery)):
        raise ValidationError({"gallery": gettext("There is no such gallery.")})
