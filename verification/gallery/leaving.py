"""Rows that are deleted for good leave the blocks of their gallery in the same transaction."""

from typing import Any

from .block_models import Kind
from .models import Anchor, Change, Person
from .sequence import note_departures


def note_deleted(instance: Person | Anchor, origin: Any, **_kwargs: Any) -> None:
    """Before a person or an anchor is deleted. A hidden one left when it was hidden, and with a gallery
    or an account everything goes."""
    model = getattr(origin, "model", type(origin))
    if instance.deleted_in_id is not None or model not in (Person, Anchor, Change):
        return
    if isinstance(instance, Person):
        note_departures([(Kind.PEOPLE, instance.gallery_id, instance.pk)])
    elif instance.state == Anchor.State.READY:
        rows = [(Kind.ANCHORS, instance.gallery_id, instance.pk)]
        if instance.person_id:
            rows.append((Kind.PEOPLE, instance.gallery_id, instance.person_id))
        note_departures(rows)
