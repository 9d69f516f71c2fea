"""Whom a session looks for, as the engine takes it."""

import threading
from dataclasses import dataclass

import numpy as np

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..engine.live_types import Known, LiveSubject
from ..gallery.embeddings import decrypt_embedding
from ..gallery.index import people_index
from ..gallery.models import Anchor, Person
from ..gallery.worker import read
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
    """Who is known, with the thresholds; of a photo its bytes, which are still to be embedded."""

    known: tuple[Known, ...]
    thresholds: engine.OwnThresholds
    photo: bytes | None = None


def sought(row: LiveSession) -> Sought:
    """Read from the database. Raises CannotLook, ArtifactError, FileUnreadable, OSError."""
    thresholds = thresholds_of(row.owner_id, row.gallery_id)
    if row.task == Task.IDENTIFY:
        return Sought(_gallery(row), thresholds)
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
        LiveSubject(row.task, known, row.false_match_rate, found.thresholds, steps, seconds),
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


def _gallery(row: LiveSession) -> tuple[Known, ...]:
    """Everyone whose consent has not ended, by the photos that the model in use has embedded."""
    model = engine.model_identity().sha256
    gallery = row.gallery_id
    people = Person.objects.filter(gallery=gallery)
    ended = people.with_ended_consent().order_by().values_list("pk", flat=True)
    searched = people_index(gallery_id=gallery, model_sha256=model).without(set(ended))
    names = dict(people.order_by().values_list("pk", "name"))
    known = tuple(
        Known(str(pk), names[pk], template, int(count))
        for part in searched.parts()
        for pk, template, count in zip(part.ids, part.templates, part.counts, strict=True)
        if pk in names
    )
    if not known:
        raise CannotLook(GALLERY_EMPTY)
    return known
