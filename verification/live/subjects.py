"""Whom a session looks for, as the engine takes it."""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import Error, close_old_connections

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..engine.live_types import Known, LiveSubject
from ..gallery.embeddings import decrypt_embedding
from ..gallery.index import GalleryIndex, people_index
from ..gallery.models import Anchor, Person
from ..gallery.worker import consents_ended, read
from ..jobs.refusals import Refusal
from ..text.sentences import sentence
from .models import LiveSession

Task = LiveSession.Task

_one_photo = threading.Lock()  # the model that embeds photos serves one thread at a time

# Seconds until a session without a verdict is over, and how many more a challenge has.
SECONDS = {Task.VERIFY.value: 20.0, Task.IDENTIFY.value: 20.0, Task.ENROL.value: 30.0}
CHALLENGE_SECONDS = 20.0

PERSON_DELETED = Refusal(
    "person_deleted",
    sentence("A person was deleted from the gallery during the session."),
    sentence("Start again."),
)
CONSENT_ENDED = Refusal(
    "consent_ended",
    sentence("The person's consent has ended, so their face is not compared any more."),
    sentence("If the person has agreed again, record it on their page, then start again."),
)
NOT_EMBEDDED = Refusal(
    "person_without_photos",
    sentence("None of the person's photos can be used yet."),
    sentence("Add a photo that shows the person's face clearly, or wait until it is taken in."),
)
GALLERY_EMPTY = Refusal(
    "gallery_empty",
    sentence("Nobody in the gallery has a photo that can be used."),
    sentence("Add people and photos that show their faces clearly."),
)


class CannotLook(Exception):
    """There is nobody to look for."""

    def __init__(self, reason: Refusal):
        super().__init__(reason.detail)
        self.reason = reason


@dataclass(frozen=True)
class Sought:
    """Who is known, with the thresholds; of a photo its bytes, which are still to be embedded. `gallery`:
    those who are searched."""

    known: tuple[Known, ...]
    thresholds: engine.OwnThresholds
    photo: bytes | None = None
    gallery: "SearchedGallery | None" = None


class SearchedGallery:
    """Everyone in a gallery whose consent has not ended, as at the moment of each search: in the index that
    all processes share. Searched by any thread that looks at frames, of one session one at a time."""

    def __init__(self, gallery_id: UUID | None):
        self._gallery_id = gallery_id
        self._index: GalleryIndex | None = None

    def nearest(self, probe: np.ndarray, limit: int) -> engine.Shortlist:
        return self._now().nearest(probe, limit)

    @property
    def size(self) -> int:
        return self._now().size

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        people = Person.objects.filter(gallery=self._gallery_id, pk__in=ids).order_by()
        return dict(people.values_list("pk", "name"))

    def _now(self) -> GalleryIndex:
        close_old_connections()
        try:
            model = engine.served_model().sha256
            everyone = people_index(gallery_id=self._gallery_id, model_sha256=model)
            self._index = everyone.without(consents_ended(self._gallery_id))
        except Error:
            # A database that is away for a moment ends no session, which asks again when it ends.
            if self._index is None:
                raise
        return self._index


def sought(row: LiveSession) -> Sought:
    """Read from the database. Raises CannotLook, ArtifactError, FileUnreadable, OSError."""
    thresholds = thresholds_of(row.owner_id, row.gallery_id)
    if row.task == Task.IDENTIFY:
        gallery = SearchedGallery(row.gallery_id)
        if not gallery.size:
            raise CannotLook(GALLERY_EMPTY)
        return Sought((), thresholds, gallery=gallery)
    if row.photo:
        return Sought((), thresholds, read(row.photo))
    person = Person.objects.filter(pk=row.person_id).first() if row.person_id else None
    if person is None:
        raise CannotLook(PERSON_DELETED)
    if person.consent_is_over:
        raise CannotLook(CONSENT_ENDED)
    if row.task == Task.ENROL:
        return Sought((), thresholds)
    return Sought((_known(person),), thresholds)


def subject(row: LiveSession, found: Sought) -> tuple[LiveSubject, engine.FaceEmbedding | None]:
    """What the camera takes, and the face of the photo to compare with. Embeds a photo, so it belongs
    into a thread that looks at frames. Raises ImageRefused, ArtifactError."""
    # In the process that follows cameras alone: the web process does without what looks at frames.
    from ..engine.live import draw_steps

    known, face = found.known, None
    if found.photo is not None:
        with _one_photo:
            face = engine.embed_face(found.photo, role="reference")
        known = (Known("", "", face.embedding),)
    steps = draw_steps() if row.with_challenge else ()
    seconds = SECONDS[row.task] + (CHALLENGE_SECONDS if steps else 0.0)
    return (
        LiveSubject(
            row.task,
            known,
            row.false_match_rate,
            found.thresholds,
            steps,
            seconds,
            found.gallery,
        ),
        face,
    )


def _known(person: Person) -> Known:
    model = engine.model_identity().sha256
    ready = Anchor.objects.filter(person=person, state=Anchor.State.READY, model_sha256=model)
    stored = list(ready.values_list("embedding", flat=True))
    if not stored:
        raise CannotLook(NOT_EMBEDDED)
    embeddings = np.stack([decrypt_embedding(embedding) for embedding in stored])
    return Known(str(person.pk), person.name, engine.template(embeddings), len(stored))
