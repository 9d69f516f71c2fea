"""Adding an embedding that a program sends in, without a photo."""

import hashlib
from collections.abc import Sequence

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from ..jobs.services import last_part
from .adding import place_of
from .embeddings import encrypt_embedding
from .fields import checked_outside_words
from .gallery_models import Gallery
from .locks import changed_anchors
from .models import Anchor, Person


def anchor_add_numbers(
    *,
    person: Person | None = None,
    gallery: Gallery | None = None,
    numbers: Sequence[float],
    model_sha256: str,
    name: str = "",
    external_id: str = "",
    metadata: dict | None = None,
) -> Anchor:
    """Store an embedding of length 1 by the model that is served: of a person, or of somebody in a
    gallery who has no name yet. It can be searched for at once.

    The same numbers are stored once: the anchor that is there is returned, and only a new one has
    `is_new`. Raises ValidationError, ActionNotAllowed when the person is gone.
    """
    outside = checked_outside_words({"external_id": external_id, "metadata": metadata or {}})
    embedding = np.asarray(numbers, "<f4")
    digest = hashlib.sha256(model_sha256.encode() + embedding.tobytes()).hexdigest()
    place = place_of(person, gallery)
    same = place.anchors().filter(content_sha256=digest, external_id=external_id)
    if earlier := same.first():
        return earlier
    anchor = Anchor(
        owner_id=place.gallery.owner_id,
        person=place.person,
        gallery=place.gallery,
        is_numbers=True,
        state=Anchor.State.READY,
        finished_at=timezone.now(),
        file_name=last_part(name),
        content_sha256=digest,
        embedding=encrypt_embedding(embedding),
        model_sha256=model_sha256,
        **outside,
    )
    try:
        with transaction.atomic():
            place.lock()
            anchor.save(force_insert=True)
            changed_anchors(person.pk if person else None, anchor.gallery_id)
    except IntegrityError:
        if earlier := same.first():
            return earlier  # they came twice at the same moment
        raise
    anchor.is_new = True
    return anchor
