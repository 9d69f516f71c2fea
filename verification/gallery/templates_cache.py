"""Embeddings at rest, and in the memory of a worker: one matrix for each gallery and model."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from cryptography.fernet import InvalidToken

from .. import engine
from ..photos.storage import FileUnreadable, cipher
from .models import Anchor, GalleryVersion, Person

KEPT = 8  # galleries that a worker process keeps in memory
FEW = 200  # people read again by name; beyond it all are


def encrypt_embedding(embedding: np.ndarray) -> bytes:
    """A float (d,) as it is stored: float32, encrypted with the keys of the files."""
    return cipher().encrypt(np.asarray(embedding, "<f4").tobytes())


def decrypt_embedding(stored: bytes) -> np.ndarray:
    """What `encrypt_embedding` stored, float32 (d,). Raises FileUnreadable."""
    try:
        return np.frombuffer(cipher().decrypt(bytes(stored)), "<f4")
    except InvalidToken:
        raise FileUnreadable("An embedding does not open with the configured keys.") from None


@dataclass(frozen=True)
class Templates:
    """Row i belongs to the person ids[i]: template float32 (n, d), number of anchors int (n,)."""

    ids: list
    versions: list[int]
    matrix: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Copy:
    """A gallery as this process read it, at a version of GalleryVersion: every person, and of
    them those with anchors."""

    version: int | None
    everyone: Templates
    searchable: Templates


_EMPTY = Templates([], [], np.empty((0, 0), np.float32), np.empty(0, int))
_kept: OrderedDict[tuple, Copy] = OrderedDict()


def person_templates(*, owner_id, model_sha256: str) -> Templates:
    """The people of an owner who have a ready anchor of this model.

    What did not change since the last call is taken from memory. Versions are read before the
    anchors and go up in the transaction that changes them: what is kept is never older than its
    version says, whichever process changed it. One row tells whether anything changed at all,
    and each person's version what is to be read again.
    """
    key = (owner_id, model_sha256)
    kept = _kept.pop(key, None) or Copy(None, _EMPTY, _EMPTY)
    version = GalleryVersion.objects.filter(pk=owner_id).values_list("version", flat=True).first()
    if version is None or version != kept.version:
        everyone = kept.everyone
        now = dict(Person.objects.filter(owner_id=owner_id).order_by().values_list("pk", "version"))
        if now != dict(zip(everyone.ids, everyone.versions, strict=True)):
            everyone = _renewed(everyone, now, owner_id, model_sha256)
        kept = Copy(version, everyone, _with_anchors(everyone))
    _kept[key] = kept
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return kept.searchable


def _renewed(kept: Templates, now: dict, owner_id, model_sha256: str) -> Templates:
    same = [i for i, pk in enumerate(kept.ids) if now.get(pk) == kept.versions[i]]
    ids = [kept.ids[i] for i in same]
    changed = list(now.keys() - set(ids))
    anchors = Anchor.objects.filter(
        owner_id=owner_id, state=Anchor.State.READY, model_sha256=model_sha256
    )
    if len(changed) <= FEW:
        anchors = anchors.filter(person_id__in=changed)
    found = {pk: [] for pk in changed}
    rows = anchors.order_by().values_list("person_id", "embedding")
    for person_id, embedding in rows.iterator(chunk_size=2000):
        if person_id in found:
            found[person_id].append(decrypt_embedding(embedding))
    size = next((rows[0].size for rows in found.values() if rows), kept.matrix.shape[1])
    fresh = np.zeros((len(changed), size), np.float32)
    for row, pk in enumerate(changed):
        if found[pk]:
            fresh[row] = engine.template(np.stack(found[pk]))
    old = kept.matrix[same] if same and kept.matrix.shape[1] else np.zeros((len(same), size))
    return Templates(
        ids + changed,
        [now[pk] for pk in ids + changed],
        np.concatenate([old, fresh]).astype(np.float32),
        np.concatenate([kept.counts[same], [len(found[pk]) for pk in changed]]).astype(int),
    )


def _with_anchors(templates: Templates) -> Templates:
    if templates.counts.all():
        return templates
    rows = np.flatnonzero(templates.counts)
    return Templates(
        [templates.ids[i] for i in rows],
        [templates.versions[i] for i in rows],
        templates.matrix[rows],
        templates.counts[rows],
    )
