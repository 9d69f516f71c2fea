"""What a worker does: embed each photo once, and write a verdict for each pair."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, QuerySet

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..gallery.embeddings import decrypt_embedding, encrypt_embedding
from ..jobs.claims import Claim, end_failed, requeue
from ..photos.storage import private_files
from ..photos.zip_reader import Archive, ArchiveRefused, Entry, FileRefused
from ..text.sentences import sentence
from .models import Batch, BatchPair, BatchPhoto

AMBIGUOUS = sentence("%(number)s photos of the ZIP have this name.")
NAME_FOLDER = sentence("Write the folder in front of the photo's name.")
MISSING = sentence("The ZIP holds no photo of this name.")
ADD_PHOTO = sentence("Add the photo to the ZIP, or correct the name.")

State = BatchPair.State
AT_ONCE = 100  # pairs read from the database
TURN = 10.0  # seconds of comparing before the next task of the queue has its turn


class PhotoRefused(Exception):
    """Why a photo gives no embedding."""

    def __init__(self, code: str, detail: str, remedy: str):
        super().__init__(code)
        self.code, self.detail, self.remedy = code, detail, remedy


def compare_pairs(claim: Claim[Batch]) -> bool:
    """Compare pairs for a part of the time that a task may take; the rest is left to the next one,
    so that a batch neither outlives its lease nor keeps other work waiting."""
    batch = claim.row
    pending = BatchPair.objects.filter(batch=batch, state=State.PENDING).order_by("number")
    if not pending.exists():
        return _end(claim)
    with batch.open_archive() as file:
        try:
            photos = Photos(batch, Archive(file))
        except ArchiveRefused:
            return end_failed(claim, "archive_unreadable")
        return _compare(claim, pending, photos)


def _compare(claim: Claim[Batch], pending: QuerySet[BatchPair], photos: "Photos") -> bool:
    """One turn, with the owner's thresholds as they are now."""
    batch = claim.row
    until = time.monotonic() + min(TURN, settings.CELERY_TASK_TIME_LIMIT / 3)
    thresholds = thresholds_of(batch.owner_id)
    while pairs := list(pending[:AT_ONCE]):
        for pair in pairs:
            if not claim.held.exists():
                return False
            _write(batch, pair, _verdict(pair, photos, thresholds))
            if time.monotonic() > until:
                requeue(claim, countdown=0, progress=True)
                return False
    return _end(claim)


def _end(claim: Claim[Batch]) -> bool:
    """No photo outlives its batch, but for the faces that are kept: photos are deleted first, and if this
    run is lost in between, the next one comes back here."""
    batch = claim.row
    if not claim.held.exists():
        return False
    photos = BatchPhoto.objects.filter(batch=batch)
    if batch.keep_faces:
        photos.filter(face="").delete()
        photos.update(embedding=b"", conditions=[], model_sha256="")
        if batch.archive.name:
            private_files().delete(batch.archive.name)
    else:
        photos.delete()
        batch.delete_files()
    model = engine.served_model()
    return claim.end(
        Batch.DONE,
        archive="",
        archive_bytes=0,
        model_name=model.name,
        model_version=model.version,
    )


def _verdict(pair: BatchPair, photos: "Photos", thresholds: engine.OwnThresholds) -> dict[str, Any]:
    """The columns of a pair that is compared or refused."""
    faces, kept = {}, {}
    for which in ("probe", "reference"):
        try:
            found = photos.face(getattr(pair, which), getattr(pair, f"{which}_face"))
            faces[which], kept[f"{which}_photo_id"] = found.face, found.picture
        except PhotoRefused as refusal:
            return kept | {
                "state": State.REFUSED,
                "code": refusal.code,
                "detail": refusal.detail,
                "remedy": refusal.remedy,
                "which": which,
            }
    decision = engine.compare_faces(
        faces["probe"],
        faces["reference"],
        false_match_rate=photos.batch.false_match_rate,
        thresholds=thresholds,
    )
    return kept | {
        "state": State.DONE,
        "outcome": decision.outcome,
        "similarity": decision.similarity,
        "confidence": decision.confidence,
        "threshold": decision.threshold,
    }


def _write(batch: Batch, pair: BatchPair, values: dict[str, Any]) -> None:
    with transaction.atomic():
        pending = BatchPair.objects.filter(pk=pair.pk, state=State.PENDING)
        if pending.update(**values):
            Batch.objects.filter(pk=batch.pk).update(done=F("done") + 1)


@dataclass(frozen=True)
class Found:
    """A face to compare, and the id of its row where a picture of it is kept."""

    face: engine.ComparableFace
    picture: UUID | None


@dataclass
class Photos:
    """The photos of a batch's ZIP by the names that the list uses."""

    batch: Batch
    archive: Archive

    def __post_init__(self) -> None:
        self._entries: dict[str, Entry] = {entry.path: entry for entry in self.archive.photos}
        self._by_last: dict[str, list[Entry]] = {}
        for entry in self.archive.photos:
            self._by_last.setdefault(entry.parts[-1], []).append(entry)
        self._refused = {refusal.entry.path: refusal for refusal in self.archive.refused}
        self._keys: dict[str, str] = {}
        self._faces: dict[str, Found | PhotoRefused] = {}
        self._model = engine.served_model().sha256

    def face(self, name: str, face: int | None) -> Found:
        """The face of a photo, the chosen one or the only one. Raises PhotoRefused."""
        entry, data = self._entry(name), None
        if entry.path not in self._keys:
            data = self._read(entry)
            self._keys[entry.path] = hashlib.sha256(data).hexdigest()
        key = f"{self._keys[entry.path]}:{'' if face is None else face}"
        if key not in self._faces:
            stored = BatchPhoto.objects.filter(batch=self.batch, key=key).first()
            if stored is None or (stored.embedding and stored.model_sha256 != self._model):
                stored = self._embed(key, self._read(entry) if data is None else data, face)
            self._faces[key] = (
                _found(stored)
                if stored.embedding
                else PhotoRefused(stored.code, stored.detail, stored.remedy)
            )
        known = self._faces[key]
        if isinstance(known, PhotoRefused):
            raise known
        return known

    def _embed(self, key: str, data: bytes, face: int | None) -> BatchPhoto:
        """Find and embed the face of the photo, once for all of its pairs."""
        try:
            with engine.one_of_many():
                embedded = engine.embed_face(engine.sanitize(data), face_index=face)
        except engine.ImageRefused as refusal:
            columns: dict[str, Any] = {
                "code": refusal.code,
                "detail": refusal.detail,
                "remedy": refusal.remedy,
            }
        else:
            columns = {
                "embedding": encrypt_embedding(embedded.embedding),
                "conditions": embedded.conditions,
                "model_sha256": embedded.model.sha256,
            }
            if self.batch.keep_faces:
                columns["face"] = ContentFile(embedded.crop, "face")
        with transaction.atomic():
            Batch.objects.filter(pk=self.batch.pk).update(photos_seen=F("photos_seen") + 1)
            row, _new = BatchPhoto.objects.update_or_create(
                batch=self.batch, key=key, defaults=columns
            )
        return row

    def _entry(self, name: str) -> Entry:
        """By its whole path, else by its last part where only one photo has it."""
        name = name.replace("\\", "/").removeprefix("./")
        if entry := self._entries.get(name):
            return entry
        if refusal := self._refused.get(name):
            raise PhotoRefused(refusal.code, refusal.detail, refusal.remedy)
        namesakes = self._by_last.get(name, [])
        if len(namesakes) == 1:
            return namesakes[0]
        if namesakes:
            raise PhotoRefused(
                "photo_ambiguous",
                AMBIGUOUS % {"number": len(namesakes)},
                NAME_FOLDER,
            )
        raise PhotoRefused(
            "photo_missing",
            MISSING,
            ADD_PHOTO,
        )

    def _read(self, entry: Entry) -> bytes:
        try:
            return self.archive.read(entry)
        except FileRefused as error:
            refusal = error.refusal
            raise PhotoRefused(refusal.code, refusal.detail, refusal.remedy) from None
        except ArchiveRefused as refusal:
            raise PhotoRefused(refusal.code, refusal.detail, refusal.remedy) from None


def _found(row: BatchPhoto) -> Found:
    face = engine.ComparableFace(decrypt_embedding(bytes(row.embedding)), tuple(row.conditions))
    return Found(face, row.pk if row.face else None)
