"""The people whom an owner knows, and the photos that show them."""

import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..jobs.models import PENDING, Job, job_constraints, job_indexes, strays_index, unit
from ..jobs.queues import BULK, INTERACTIVE
from ..photos.fields import photo_field, size_column
from ..text.folding import FoldedField, FoldedModel
from .change_models import Change, Everything, Present, deleted_in, deleted_index
from .gallery_models import NAME_LENGTH, Gallery, InGallery, SharedRow
from .rows import (
    COUNTED,
    LISTED,
    NO_QUALITY,
    NOTICED,
    SEARCHED,
    SMALL_BYTES,
    TAGGED,
    AnchorQuerySet,
    PersonQuerySet,
    consent_ended,
    recount,
    retag,
)
from .sequence import sequence_column

__all__ = ["NEVER", "Anchor", "Person", "Suggestion", "consent_ended"]

REMIND_DAYS = 30  # before the end of a consent
EXTERNAL_ID_LENGTH = 255
# When somebody was seen last who never was: a column to sort by has a value.
NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _folder(instance: "Anchor") -> str:
    # Not below the person: an anchor moves from one to another without its files. Nor do they move
    # when a gallery is handed over: the folder keeps the name of the account that it was made in.
    if instance.image:
        return str(instance.image.name).rpartition("/")[0]
    return f"{Anchor.ROOT}/{instance.owner_id}/{instance.pk}"


def image_path(instance: "Anchor", _name: str) -> str:
    return f"{_folder(instance)}/image"


def crop_path(instance: "Anchor", _name: str) -> str:
    return f"{_folder(instance)}/crop"


class Person(SharedRow, FoldedModel, InGallery):
    """Somebody the owner knows. Two people may share a name."""

    change: Change | None = None  # set by a service that can be undone, on what it returns

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people"
    )
    # What the owner's other programs call the person, and what else they know.
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    name = models.CharField(max_length=NAME_LENGTH)
    name_folded = FoldedField(of="name")
    note = models.TextField(blank=True)
    note_folded = FoldedField(of="note")
    tags = models.JSONField(default=list, blank=True)
    consent_given_by = models.CharField(max_length=200, blank=True)
    consent_at = models.DateField(null=True, blank=True)
    consent_for = models.TextField(blank=True)
    # The last day on which the person may be compared; null: no end is recorded.
    consent_until = models.DateField(null=True, blank=True)
    cover = models.ForeignKey(
        "verification.Anchor", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Goes up with every change of the embeddings, in its transaction: by it a worker reads them again.
    version = models.PositiveIntegerField(default=0)
    # The last version that a worker has searched for what looks wrong, see outliers.py.
    checked_version = models.PositiveIntegerField(default=0)
    # Photos; those ready; those like somebody else; the mean quality of the ready ones; see rows.py.
    anchor_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    ready_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    unlike_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    quality = models.FloatField(default=NO_QUALITY, db_default=NO_QUALITY, editable=False)
    # When the last photo was submitted that a verdict says shows the person, see sightings/writing.py.
    seen_at = models.DateTimeField(default=NEVER, db_default=NEVER, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_in = deleted_in()
    sequence = sequence_column()

    objects = Present.from_queryset(PersonQuerySet)()
    all_objects = Everything.from_queryset(PersonQuerySet)()

    class Meta:
        ordering = ["name", "created_at", "id"]
        indexes = [
            deleted_index(),
            models.Index(
                fields=["owner", "name", "created_at", "id", "deleted_in"], name="person_by_owner"
            ),
            models.Index(fields=["gallery", "external_id"], name="person_by_external_id"),
            *(
                models.Index(
                    fields=["gallery", *columns, "deleted_in"],
                    name=name,
                    condition=Q(deleted_in=None),
                )
                for name, columns in LISTED.items()
            ),
            models.Index(
                fields=["owner", "consent_until"],
                name="person_by_consent",
                condition=Q(consent_until__isnull=False),
            ),
            models.Index(
                fields=["gallery", "consent_until"],
                name="person_by_end_of_consent",
                condition=Q(consent_until__isnull=False),
            ),
            models.Index(fields=["gallery", "sequence"], name="person_by_sequence"),
        ]
        constraints = [
            models.CheckConstraint(name="person_has_a_name", condition=~Q(name="")),
            models.UniqueConstraint(
                fields=["gallery", "external_id"],
                condition=~Q(external_id="") & Q(deleted_in=None),
                name="person_external_id_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, update_fields=None, **kwargs) -> None:
        noticed = update_fields is None or bool(SEARCHED & set(update_fields))
        if noticed:
            self.sequence = None
            update_fields = None if update_fields is None else {*update_fields, "sequence"}
        with transaction.atomic():
            is_new = self._state.adding
            super().save(*args, update_fields=update_fields, **kwargs)
            if noticed:
                Gallery.raise_of([self.gallery_id])
            if update_fields is None and not is_new:
                recount([self.pk])  # this copy may be older than its photos
            if (update_fields is None and (self.tags or not is_new)) or TAGGED & set(
                update_fields or ()
            ):
                retag([self.pk])

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            deleted = super().delete(*args, **kwargs)
            Gallery.raise_of([self.gallery_id])
        return deleted

    @property
    def was_seen(self) -> bool:
        return self.seen_at != NEVER

    @property
    def consent_is_over(self) -> bool:
        """Whether the recorded consent has ended: the person is not compared any more."""
        return self.consent_until is not None and self.consent_until < timezone.now().date()

    @property
    def consent_ends_soon(self) -> bool:
        """Whether the consent ends within REMIND_DAYS."""
        if self.consent_until is None or self.consent_is_over:
            return False
        return self.consent_until <= timezone.now().date() + timedelta(days=REMIND_DAYS)


class Anchor(SharedRow, InGallery, Job):
    """A photo known to show a person, or somebody who has no name yet: `person` is null then. A
    worker finds the face in it and embeds it once.

    With `is_numbers` it is an embedding alone that a program sent in: there is no photo and no face to
    look at, and no other model can embed it again.

    Of a photo that shows several people each face is an anchor of its own; `photo_id` says that they
    come from one photo.
    """

    DONE = "ready"
    TASK = "verification.embed"
    QUEUE = INTERACTIVE
    ROOT = "anchors"
    RUN_FILES = ("crop",)
    STORED = ("image_bytes", "crop_bytes")
    TOGETHER = 16  # they keep a worker for about a fifth of a second

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("waiting")
        RUNNING = "running", gettext_lazy("running")
        READY = "ready", gettext_lazy("ready")
        REFUSED = "refused", gettext_lazy("refused")
        FAILED = "failed", gettext_lazy("failed")

    class Likeness(models.TextChoices):
        OUTLIER = "unlike", gettext_lazy("unlike the person's other photos")
        CONFIRMED = "confirmed", gettext_lazy("said to be the person by the owner")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="anchors"
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="anchors"
    )
    photo_id = models.UUIDField(default=uuid.uuid4, editable=False)
    # What the owner's other programs call it, and what else they know.
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)

    image = photo_field(image_path, "image_bytes")
    crop = photo_field(crop_path, "crop_bytes")
    image_bytes = size_column()
    crop_bytes = size_column()
    file_name = models.CharField(max_length=255, blank=True)
    content_sha256 = models.CharField(max_length=64)  # of the photo as it is stored
    # Of the file it was made from, where that is known: an import recognises by it what it has.
    origin_sha256 = models.CharField(max_length=64, blank=True)

    face_index = models.PositiveSmallIntegerField(null=True, blank=True)
    face = models.JSONField(default=dict, blank=True)
    quality = models.FloatField(null=True, blank=True)  # 0 to 1
    # Encrypted as the files are: little-endian float32 (d,), see embeddings.py.
    embedding = models.BinaryField(default=b"", blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    likeness = models.CharField(max_length=10, choices=Likeness.choices, blank=True)
    is_numbers = models.BooleanField(default=False, editable=False)
    # Also a face that would be refused is embedded: a program has asked for that.
    any_quality = models.BooleanField(default=False, editable=False)
    # One of many: nobody waits for this photo, others wait for their comparisons.
    is_bulk = models.BooleanField(default=False, editable=False)
    deleted_in = deleted_in()
    sequence = sequence_column()

    change: Change | None = None  # set by a service that can be undone, on what it returns
    is_new = False  # set by a service that adds a photo: whether the person did not have it

    objects = Present.from_queryset(AnchorQuerySet)()
    all_objects = Everything.from_queryset(AnchorQuerySet)()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            deleted_index(),
            models.Index(
                fields=["enqueued_at"], name="anchor_waiting", condition=Q(finished_at=None)
            ),
            models.Index(fields=["person", "created_at", "id"], name="anchor_by_person"),
            models.Index(
                fields=["owner", "state", "model_sha256", "person"], name="anchor_by_model"
            ),
            models.Index(
                fields=["owner", "state", "model_sha256", "is_numbers", "deleted_in"],
                name="anchor_by_progress",
            ),
            models.Index(fields=["owner", "file_name", "id"], name="anchor_by_file_name"),
            models.Index(
                fields=["gallery", "person", "created_at", "id", "deleted_in"],
                name="anchor_by_gallery",
                condition=Q(deleted_in=None),
            ),
            models.Index(
                fields=["gallery", "created_at", "id", "deleted_in"],
                name="anchor_by_age",
                condition=Q(deleted_in=None),
            ),
            models.Index(fields=["gallery", "id"], name="anchor_by_id"),
            models.Index(fields=["gallery", "sequence"], name="anchor_by_sequence"),
            models.Index(fields=["gallery", "content_sha256"], name="anchor_by_content"),
            models.Index(fields=["gallery", "origin_sha256"], name="anchor_by_origin"),
            models.Index(
                fields=["gallery", "external_id", "created_at", "id"], name="anchor_by_external_id"
            ),
            models.Index(
                fields=["owner", "image_bytes", "crop_bytes", "deleted_in"], name="anchor_by_size"
            ),
            *job_indexes(),
            strays_index(),
        ]
        constraints = [
            *job_constraints("ready"),
            # A face of a photo is an anchor once for each name that other programs have for it.
            models.UniqueConstraint(
                "person",
                "content_sha256",
                Coalesce("face_index", Value(-1)),
                "external_id",
                condition=Q(deleted_in=None, person__isnull=False),
                name="anchor_once_for_a_person",
            ),
            models.UniqueConstraint(
                "gallery",
                "content_sha256",
                Coalesce("face_index", Value(-1)),
                "external_id",
                condition=Q(deleted_in=None, person=None),
                name="anchor_once_without_a_person",
            ),
            models.CheckConstraint(
                name="anchor_ready_has_an_embedding",
                condition=~Q(state="ready")
                | (~Q(model_sha256="") & (~Q(crop="") | Q(is_numbers=True))),
            ),
            models.CheckConstraint(
                name="anchor_numbers_are_ready",
                condition=Q(is_numbers=False) | Q(state="ready", image="", crop=""),
            ),
            models.CheckConstraint(name="anchor_quality_from_0_to_1", condition=unit("quality")),
        ]

    def __str__(self) -> str:
        return f"{self.file_name or self.pk} ({self.state})"

    def save(self, *args, update_fields=None, **kwargs) -> None:
        if update_fields is None or NOTICED & set(update_fields):
            self.sequence = None
            update_fields = None if update_fields is None else {*update_fields, "sequence"}
        if update_fields is not None and not ({*COUNTED, "state"} & set(update_fields)):
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        is_new = self._state.adding and self.state == PENDING
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            if is_new and self.person_id:
                Person.objects.filter(pk=self.person_id).update(anchor_count=F("anchor_count") + 1)
            else:
                recount([self.person_id])

    def put_in_gallery(self) -> None:
        self.follow_person()
        super().put_in_gallery()

    def follow_person(self) -> None:
        """Be in the person's gallery, where none is given."""
        if self.gallery_id is None and self.person is not None:
            self.gallery_id = self.person.gallery_id

    @classmethod
    def queues(cls) -> dict[str, Q]:
        return {INTERACTIVE: Q(is_bulk=False), BULK: Q(is_bulk=True)}

    @property
    def folder(self) -> str:
        return _folder(self)

    @classmethod
    def beside(cls) -> Q:
        """Those for which nobody waits, and that take no longer than others."""
        return Q(is_bulk=True, image_bytes__lte=SMALL_BYTES)

    def has_company(self) -> bool:
        """Whether it is one of those."""
        return self.is_bulk and self.image_bytes <= SMALL_BYTES

    @property
    def other_faces(self) -> list[dict]:
        """The other faces of a photo that is ready; one of them may be chosen instead."""
        return self.face.get("others", []) if self.state == self.State.READY else []


class Suggestion(models.Model):
    """Two people of a gallery who are probably the same; first has the smaller id. One that was
    dismissed stays dismissed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    first = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    similarity = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="suggestion_once_for_a_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"

    def seen_from(self, person: Person) -> "Suggestion":
        """With `other`, the one of the two who is not `person`."""
        self.other = self.second if self.first_id == person.pk else self.first
        return self
