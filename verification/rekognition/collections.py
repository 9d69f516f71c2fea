"""Collections: the caller's galleries that have an id of this interface's kind."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from ..engine import record
from ..gallery.access import galleries_for
from ..gallery.galleries import create_gallery, delete_gallery
from ..gallery.gallery_models import NAME_LENGTH, Gallery
from ..gallery.models import Anchor, Person
from . import shapes
from .authentication import Caller
from .errors import AccessDenied, QuotaExceeded, ResourceAlreadyExists, ResourceNotFound
from .page_tokens import page

BOUND = "This access key belongs to a key that is bound to one gallery: it can neither make nor delete one."


def collection_of(caller: Caller, data: dict[str, Any]) -> Gallery:
    """Raises ResourceNotFound."""
    id = data["CollectionId"]
    found = _collections(caller).filter(external_id=id).first()
    if found is None:
        raise ResourceNotFound(f"The collection id: {id} does not exist")
    return found


def faces_of(gallery: Gallery) -> QuerySet[Anchor]:
    """The faces that are found by a search."""
    return Anchor.objects.filter(gallery=gallery, state=Anchor.State.READY)


def users_of(gallery: Gallery) -> QuerySet[Person]:
    """The people whose id this interface can tell."""
    return Person.objects.filter(gallery=gallery, external_id__regex=f"^{shapes.USER}$")


def model_version() -> str:
    active = record.recorded()
    return shapes.model_version(active.model_version if active else "")


def create(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    _refuse_bound(caller)
    id = data["CollectionId"]
    try:
        create_gallery(owner=caller.owner, name=id[:NAME_LENGTH], external_id=id)
    except ValidationError as error:
        if "external_id" not in error.message_dict:
            raise QuotaExceeded(" ".join(error.messages)) from None
        raise ResourceAlreadyExists(f"The collection id: {id} already exists.") from None
    return {
        "StatusCode": 200,
        "CollectionArn": _arn(caller, id),
        "FaceModelVersion": model_version(),
    }


def every(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    rows, more = page(_collections(caller), data, list_of=f"collections {caller.owner.pk}")
    ids = [row.external_id for row in rows]
    return {"CollectionIds": ids, "FaceModelVersions": [model_version()] * len(ids)} | more


def describe(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    return {
        "FaceCount": faces_of(gallery).count(),
        "UserCount": users_of(gallery).count(),
        "FaceModelVersion": model_version(),
        "CollectionARN": _arn(caller, gallery.external_id),
        "CreationTimestamp": round(gallery.created_at.timestamp(), 3),
    }


def delete(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    _refuse_bound(caller)
    delete_gallery(gallery=collection_of(caller, data))
    return {"StatusCode": 200}


def _collections(caller: Caller) -> QuerySet[Gallery]:
    """Their own: what others share with them may have the same id."""
    own = galleries_for(caller.owner, "owner").filter(owner=caller.owner)
    return own.filter(external_id__regex=f"^{shapes.COLLECTION}$")


def _refuse_bound(caller: Caller) -> None:
    if caller.owner.bound_gallery is not None:
        raise AccessDenied(BOUND)


def _arn(caller: Caller, id: str) -> str:
    return f"aws:rekognition:{caller.region}:{caller.owner.pk.hex}:collection/{id}"
