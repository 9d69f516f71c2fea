"""Users: the people of a gallery whose outside id is one of this interface's kind."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from typing_extensions import TypeIs

from ..gallery.gallery_models import Gallery
from ..gallery.models import Person
from ..gallery.services import (
    anchors_take,
    person_create,
    person_delete,
)
from . import shapes
from .authentication import Caller
from .collections import collection_of, users_of
from .errors import Conflict, ResourceNotFound
from .page_tokens import page
from .repeats import once_by_token

ACTIVE = "ACTIVE"


def is_user(person: Person | None) -> TypeIs[Person]:
    return person is not None and bool(re.fullmatch(shapes.USER, person.external_id))


def user_of(gallery: Gallery, id: str) -> Person:
    """Raises ResourceNotFound."""
    found = users_of(gallery).filter(external_id=id).first()
    if found is None:
        raise ResourceNotFound(f"The user id: {id} does not exist")
    return found


@once_by_token
def create(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery, id = collection_of(caller, data), data["UserId"]
    try:
        person_create(owner=caller.owner, gallery=gallery, name=id, external_id=id)
    except ValidationError:
        raise Conflict(f"The user id: {id} already exists") from None
    return {}


def every(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    rows, more = page(users_of(gallery), data, list_of=f"users {caller.owner.pk} {gallery.pk}")
    return {"Users": [told(row) for row in rows]} | more


@once_by_token
def delete(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    """The faces outlive their user."""
    user = user_of(collection_of(caller, data), data["UserId"])
    with transaction.atomic():
        if faces := list(user.anchors.values_list("pk", flat=True)):
            anchors_take(person=user, anchors=faces)
        person_delete(person=user)
    return {}


def told(user: Person) -> dict[str, Any]:
    return {"UserId": user.external_id, "UserStatus": ACTIVE}
