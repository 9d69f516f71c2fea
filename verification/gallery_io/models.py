"""Imports of a gallery from a ZIP, and exports as one."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..gallery.gallery_models import NAME_LENGTH, InGallery
from ..jobs.models import Job, JobState, job_constraints, job_indexes
from ..jobs.queues import BULK


class Transfer(Job):
    """A job about a ZIP, which is stored encrypted in the job's folder."""

    DONE = "done"
    STORED = ("size",)

    State = JobState

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    size = models.PositiveBigIntegerField(default=0)  # of the ZIP, bytes
    total = models.PositiveIntegerField(null=True, blank=True)  # files, once they are counted

    class Meta:
        abstract = True
        ordering = ["-created_at", "-id"]


class GalleryImport(InGallery, Transfer):
    """A ZIP with a folder a person, which a worker adds to the gallery.

    Carried out in short turns: read all of it, and refuse it or count its files; add the photos,
    each in one transaction with its line of the report; wait until their faces are embedded. After
    a turn that was cut off the next goes on where the report ends.
    """

    TASK = "verification.import_gallery"
    QUEUE = BULK
    ROOT = "imports"

    class Source(models.TextChoices):
        """Where the ZIP comes from: somebody sent it, or it was made of what another program keeps."""

        ZIP = "zip", gettext_lazy("ZIP")
        FOLDER = "folder", gettext_lazy("folder")
        COMPREFACE = "compreface", "CompreFace"
        REKOGNITION = "rekognition", "Amazon Rekognition"

    source = models.CharField(max_length=20, choices=Source.choices, default=Source.ZIP)
    file_name = models.CharField(max_length=255, blank=True)
    # {folder: person's id} for the folders that the ZIP's gallery.json describes.
    people = models.JSONField(default=dict, blank=True)
    people_added = models.PositiveIntegerField(default=0)

    # Files by what became of them, and photos whose faces a worker has still to find: counted by
    # `import_list`.
    added: int
    present: int
    refused: int
    looking: int

    class Meta(Transfer.Meta):
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="import_by_owner"),
            *job_indexes(),
        ]
        constraints = [*job_constraints("done")]

    @classmethod
    def stored_rows(cls, owner_id: UUID) -> models.QuerySet:
        """Those whose ZIP is still needed: a failed one may be tried again."""
        needed = (cls.State.PENDING, cls.State.RUNNING, cls.State.FAILED)
        return super().stored_rows(owner_id).filter(state__in=needed)


class ImportedFile(models.Model):
    """A line of an import's report. `number` is the file's place in the ZIP."""

    class Outcome(models.TextChoices):
        ADDED = "added", gettext_lazy("added")
        PRESENT = "present", gettext_lazy("already there")
        REFUSED = "refused", gettext_lazy("refused")

    job = models.ForeignKey(GalleryImport, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    path = models.CharField(max_length=1000)
    person_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    anchor = models.ForeignKey(
        "verification.Anchor", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["job", "number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="imported_file_once"),
        ]
        indexes = [
            models.Index(fields=["job", "outcome", "number"], name="imported_file_by_outcome")
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.outcome})"


class GalleryExport(InGallery, Transfer):
    """A ZIP of the gallery, or of some of its people, which a worker makes and the owner may fetch for a while."""

    TASK = "verification.export_gallery"
    QUEUE = BULK
    ROOT = "exports"

    # The ids of the people that were chosen; []: everyone.
    people = models.JSONField(default=list, blank=True)
    stem = models.CharField(max_length=32, blank=True)  # its file: each run has its own
    written = models.PositiveIntegerField(default=0)  # photos so far
    # Photos that could not be read, and the first of them: [{person, photo, added, reason}].
    left_out_count = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(Transfer.Meta):
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="export_by_owner"),
            *job_indexes(),
        ]
        constraints = [*job_constraints("done")]

    @property
    def is_fetchable(self) -> bool:
        return self.expires_at is not None and timezone.now() < self.expires_at
