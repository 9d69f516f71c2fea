"""A list of pairs to compare, each pair with its verdict, and the face found in each photo."""

import uuid
from typing import BinaryIO

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..comparisons.models import Verification
from ..comparisons.verdicts import figure, leaning_of, probability_behind
from ..jobs.models import Job, JobState, job_constraints, job_indexes, unit
from ..jobs.queues import BULK
from ..photos.archives import open_archive
from ..photos.fields import photo_field, size_column
from ..photos.storage import private_files


def archive_path(instance: "Batch", _name: str) -> str:
    return f"{instance.folder}/archive"


def face_path(instance: "BatchPhoto", _name: str) -> str:
    return f"{instance.batch.folder}/face-{instance.pk}"


class Batch(Job):
    """Many pairs that a worker compares, a slice at a time.

    Results are written pair by pair: a run that is lost costs only the pair it was at. The ZIP and
    what was found in its photos are deleted after the last pair; the results stay, and with `keep_faces`
    a small picture of each face.
    """

    DONE = "done"
    TASK = "verification.batch"
    QUEUE = BULK
    ROOT = "batches"
    STORED = ("archive_bytes",)

    State = JobState

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    title = models.CharField(max_length=200, blank=True)
    false_match_rate = models.FloatField(default=1e-3)
    archive = photo_field(
        archive_path
    )  # the ZIP; empty where an earlier version stored it in parts
    archive_bytes = models.PositiveBigIntegerField(default=0, editable=False)  # of the ZIP
    keep_faces = models.BooleanField(default=False)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    photos_seen = models.PositiveIntegerField(default=0)  # different ones, each embedded once
    model_name = models.CharField(max_length=100, blank=True)
    model_version = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="batch_by_owner"),
            *job_indexes(),
        ]
        constraints = job_constraints("done")

    def open_archive(self) -> BinaryIO:
        """The ZIP, decrypted as it is read. Raises FileNotFoundError and FileUnreadable, also while it
        is read."""
        if self.archive.name:
            return private_files().open_stream(self.archive.name)
        return open_archive(self.folder, self.archive_bytes)


class BatchPair(models.Model):
    """One line of the list. `state` changes once, from pending to done or refused."""

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("waiting")
        DONE = "done", gettext_lazy("done")
        REFUSED = "refused", gettext_lazy("refused")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="pairs")
    number = models.PositiveIntegerField()  # from 1, as in the list
    probe = models.CharField(max_length=1000, blank=True)
    reference = models.CharField(max_length=1000, blank=True)
    title = models.CharField(max_length=200, blank=True)
    probe_face = models.PositiveSmallIntegerField(null=True, blank=True)
    reference_face = models.PositiveSmallIntegerField(null=True, blank=True)
    # With the pictures of both faces, where they are kept.
    probe_photo = models.ForeignKey(
        "BatchPhoto", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reference_photo = models.ForeignKey(
        "BatchPhoto", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    outcome = models.CharField(
        max_length=12, choices=Verification.Outcome.choices, blank=True, default=""
    )
    similarity = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    which = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="batch_pair_once"),
            models.CheckConstraint(
                name="batch_pair_numbers_from_0_to_1",
                condition=unit("similarity") & unit("confidence"),
            ),
            models.CheckConstraint(
                name="batch_pair_outcome_only_when_done",
                condition=Q(Q(state="done"), ~Q(outcome="")) | Q(~Q(state="done"), Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.state})"

    @property
    def probability(self) -> float | None:
        """The probability of the same person, which follows from the confidence."""
        return probability_behind(self.outcome, self.confidence)

    @property
    def leaning(self) -> str | None:
        return leaning_of(self)

    @property
    def figure(self) -> str:
        """How sure the verdict is, or which way it leans, in words."""
        probability = self.probability
        if not self.outcome or probability is None:
            return ""
        return figure(self.outcome, probability, self.batch.false_match_rate)


class BatchPhoto(models.Model):
    """The face of one photo of the ZIP: its embedding and conditions, or why there is none. `key`
    is made of the photo's content and of the face that was chosen: the same photo under several
    names is embedded once. Without a picture of the face the row goes with the last pair."""

    STORED = ("face_bytes",)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="photos")
    key = models.CharField(max_length=80)
    embedding = models.BinaryField(default=b"", blank=True)  # see gallery/embeddings.py
    conditions = models.JSONField(default=list, blank=True)  # see ml.faces.conditions
    face = photo_field(face_path, "face_bytes")  # aligned; empty where it is not kept
    face_bytes = size_column()
    model_sha256 = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "key"], name="batch_photo_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def stored_rows(cls, owner_id: uuid.UUID) -> models.QuerySet:
        return cls._base_manager.filter(batch__owner_id=owner_id)
