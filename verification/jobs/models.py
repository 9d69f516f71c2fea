"""A row that waits for a worker, and the files that belong to it."""

import uuid
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..photos.storage import private_files
from .clock import later
from .queues import BULK

CLOCK_STEP = 0.001  # seconds: SQLite's clock has no finer one, times in columns do
PENDING, RUNNING, REFUSED, FAILED = "pending", "running", "refused", "failed"


class JobState(models.TextChoices):
    """Of the jobs whose good end is called done."""

    PENDING = PENDING, gettext_lazy("waiting")
    RUNNING = RUNNING, gettext_lazy("running")
    DONE = "done", gettext_lazy("done")
    REFUSED = REFUSED, gettext_lazy("refused")
    FAILED = FAILED, gettext_lazy("failed")


class Job(models.Model):
    """A row that a worker carries out once.

        made -> pending -- claim --> running --> DONE      with its result
                   ^  ^                 |  |---> refused   a photo cannot be used: code, remedy
                   |  |                 |  '---> failed    after three tries, or by a bug
                   |  '- lease ran out, -'
                   |     worker lost
                   '--- the owner wants another try

    `pending -> running` is a conditional UPDATE that writes a fresh `claim_token`; whoever ends
    the run must still hold that token, so a task that runs twice, or a worker that wakes up
    late, changes nothing.

    A subclass gives `state` its choices, names its good end in DONE, its Celery task in TASK and
    the queue of that task in QUEUE, or what it depends on in `queues`.
    One that has files has an `owner`, and names in ROOT the folder that holds their folders, with
    one a row, in RUN_FILES the file fields that a run writes, and in STORED the columns with the sizes
    of files in bytes. With PASSING its rows and files live for seconds, and no backup has them.
    Of the rows `beside` one message stands for TOGETHER, which are carried out together.
    """

    DONE: str
    TASK: str
    QUEUE = BULK
    ROOT = ""
    PASSING = False
    TOGETHER = 1
    RUN_FILES: tuple[str, ...] = ()
    STORED: tuple[str, ...] = ()
    owner_id: uuid.UUID

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, default=PENDING)

    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_detail = models.TextField(blank=True)
    refusal_remedy = models.TextField(blank=True)
    refusal_which = models.CharField(max_length=10, blank=True)
    refusal_faces = models.JSONField(default=list, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)

    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_by = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Since when it waits for a worker.
    enqueued_at = models.DateTimeField(default=timezone.now, editable=False)
    # Not to be claimed before; null: at once.
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Whether the folder may hold files that no row names: there was a run before the last, or the last has
    # written some without naming them. Of all others nobody has to look.
    has_strays = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pk} ({self.state})"

    @classmethod
    def queues(cls) -> dict[str, Q]:
        """The queues of this model's rows, each with the condition that a row belongs there."""
        return {cls.QUEUE: Q()}

    @classmethod
    def queue_of(cls, pk: uuid.UUID | str) -> str:
        """The queue of one row."""
        queues = cls.queues()
        if len(queues) == 1:
            return cls.QUEUE
        row = cls._base_manager.filter(pk=pk)
        return next((name for name, rows in queues.items() if row.filter(rows).exists()), cls.QUEUE)

    @classmethod
    def beside(cls) -> Q:
        """The condition that a row may be carried out together with others, at its first try."""
        return Q(pk__in=())

    @property
    def folder(self) -> str:
        """Where the row's files are, below the root of all private files."""
        return f"{self.ROOT}/{self.owner_id}/{self.pk}"

    @classmethod
    def stored_rows(cls, owner_id: uuid.UUID) -> models.QuerySet:
        """The owner's rows whose files are there, hidden ones too."""
        return cls._base_manager.filter(Q(owner=owner_id))

    def delete_files(self) -> None:
        """Remove every stored file of this row, those of a lost run included."""
        delete_files(self.folder)

    @property
    def is_finished(self) -> bool:
        return self.state not in (PENDING, RUNNING)

    @property
    def faces_to_choose(self) -> list[dict[str, Any]]:
        """The faces of a photo that shows several, when one has to be chosen."""
        codes = ("several_faces", "face_index_invalid")
        return self.refusal_faces if self.refusal_code in codes else []


def delete_files(folder: str) -> None:
    """Remove the stored files of one row."""
    private_files().delete_folder(folder)


def job_models() -> list[type[Job]]:
    """Every model of jobs that the project has."""
    return [model for model in apps.get_models() if issubclass(model, Job)]


def is_due() -> Q:
    """The condition that a row may be claimed by now."""
    return Q(due_at=None) | Q(due_at__lte=later(CLOCK_STEP))


def unit(field: str) -> Q:
    """The condition that a column is null or from 0 to 1."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 1})


def job_indexes() -> list[models.Index]:
    return [
        models.Index(
            fields=["state", "enqueued_at"],
            name="%(class)s_unfinished",
            condition=Q(state__in=(PENDING, RUNNING)),
        ),
        models.Index(fields=["failure_code"], name="%(class)s_failed"),
    ]


def strays_index() -> models.Index:
    """For a model with RUN_FILES."""
    return models.Index(
        fields=["finished_at"], name="%(class)s_strays", condition=Q(has_strays=True)
    )


def job_constraints(done: str) -> list[models.BaseConstraint]:
    """What holds for every job; `done` is the state of its good end."""
    return [
        models.CheckConstraint(
            name="%(class)s_state_known",
            condition=Q(state__in=(PENDING, RUNNING, done, REFUSED, FAILED)),
        ),
        models.CheckConstraint(
            name="%(class)s_refusal_only_when_refused",
            condition=Q(Q(state=REFUSED), ~Q(refusal_code=""))
            | Q(~Q(state=REFUSED), Q(refusal_code="")),
        ),
        models.CheckConstraint(
            name="%(class)s_failure_only_when_failed",
            condition=Q(Q(state=FAILED), ~Q(failure_code=""))
            | Q(~Q(state=FAILED), Q(failure_code="")),
        ),
        models.CheckConstraint(
            name="%(class)s_claim_only_when_running",
            condition=Q(state=RUNNING, claim_token__isnull=False, lease_expires_at__isnull=False)
            | Q(~Q(state=RUNNING), Q(claim_token=None), Q(lease_expires_at=None)),
        ),
        models.CheckConstraint(
            name="%(class)s_finished_has_a_time",
            condition=Q(state__in=(done, REFUSED, FAILED), finished_at__isnull=False)
            | Q(state__in=(PENDING, RUNNING), finished_at__isnull=True),
        ),
    ]


class Worker(models.Model):
    """A worker, with its child processes, and when it last showed that it is alive."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    queues = models.JSONField(default=list)  # that it serves
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name


class PrunedUpTo(models.Model):
    """How far the search for files of nobody has come in one folder of files, see files.py."""

    root = models.CharField(max_length=40, primary_key=True)
    folder = models.CharField(max_length=255, blank=True)  # the last one looked at; empty: none

    def __str__(self) -> str:
        return f"{self.root}: {self.folder}"
