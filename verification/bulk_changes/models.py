"""What was ordered for more people than are changed while somebody waits."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..gallery.gallery_models import Gallery
from ..jobs.models import REFUSED, Job, JobState, job_constraints, job_indexes
from ..jobs.queues import BULK

ID_BYTES = 16


class BulkChange(Job):
    """The same done with many people, in portions: each with its progress in one transaction, so that
    after a process was killed the next goes on exactly where it was.

    `is_undoing`: the people whom it deleted are being brought back, or were.
    """

    DONE = "done"
    TASK = "verification.bulk_change"
    QUEUE = BULK

    class Action(models.TextChoices):
        TAG = "tag", gettext_lazy("give a tag")
        UNTAG = "untag", gettext_lazy("take a tag")
        MOVE = "move", gettext_lazy("move")
        COPY = "copy", gettext_lazy("copy")
        CONSENT = "consent", gettext_lazy("record a consent")
        DELETE = "delete", gettext_lazy("delete")
        ERASE = "erase", gettext_lazy("erase for good")

    State = JobState

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Where they are; null: in all galleries that the owner may change.
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    action = models.CharField(max_length=10, choices=Action.choices)
    tag = models.CharField(max_length=50, blank=True)
    # The gallery that gets them.
    to = models.ForeignKey(Gallery, on_delete=models.SET_NULL, null=True, related_name="+")
    consent = models.JSONField(default=dict, blank=True)  # columns of a person, as text
    # Of the people who are left or were meant; while undoing: of the changes that are undone.
    ids = models.BinaryField(default=b"", blank=True)
    total = models.PositiveIntegerField(default=0)  # people who were found
    # Of them, those passed over included; while undoing: of the changes.
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)  # people
    undone = models.PositiveIntegerField(default=0)  # people brought back
    left_count = models.PositiveIntegerField(default=0)  # people with whom it could not be done
    left = models.JSONField(default=list, blank=True)  # the first of them: [{person, why}]
    counts = models.JSONField(
        default=dict, blank=True
    )  # what was erased: {account: as in a receipt}
    receipt = models.UUIDField(null=True, blank=True)  # the owner's, if there are several
    is_undoing = models.BooleanField(default=False)
    is_stopped = models.BooleanField(default=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="bulkchange_by_owner"),
            *job_indexes(),
        ]
        constraints = [*job_constraints("done")]

    @property
    def percent(self) -> int:
        done, all = (self.undone, self.changed) if self.is_undoing else (self.done, self.total)
        return 100 * done // all if all else 100

    @property
    def can_go_on(self) -> bool:
        """Whether it ended before its end, by a fault or for lack of room, and can be tried again."""
        return self.state in (self.State.FAILED, REFUSED)

    @property
    def can_undo(self) -> bool:
        """Whether somebody whom it deleted can still be brought back."""
        if self.action != self.Action.DELETE or not self.is_finished or self.is_undoing:
            return False
        newest = self.changes.filter(undone_at=None).order_by("-created_at").first()
        return newest is not None and timezone.now() < newest.undoable_until


def packed(ids: Iterable[UUID]) -> bytes:
    return b"".join(id.bytes for id in ids)


def unpacked(ids: bytes | memoryview, start: int, number: int) -> Sequence[UUID]:
    """`number` of the ids from the place `start` on."""
    part = bytes(ids[start * ID_BYTES : (start + number) * ID_BYTES])
    return [UUID(bytes=part[at : at + ID_BYTES]) for at in range(0, len(part), ID_BYTES)]
