"""What was done to a gallery and can be undone, and how rows are hidden until it is."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Manager, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .gallery_models import GalleryRows, InGallery


class Everything(Manager):
    """All rows, also those that are deleted and can still be brought back."""


class Present(Manager):
    """The rows that are not deleted."""

    def get_queryset(self):
        return super().get_queryset().filter(deleted_in=None)


class Change(InGallery):
    """Something done to the gallery that can be undone for FACEVERIFY_UNDO_MINUTES.

    What it deleted stays, hidden, with `deleted_in` set, and goes for good with this row. The
    payload is the inverse, which puts the rest back, see undo.py.
    """

    class Kind(models.TextChoices):
        PERSON_DELETED = "person_deleted", gettext_lazy("person deleted")
        ANCHOR_DELETED = "anchor_deleted", gettext_lazy("photo deleted")
        PEOPLE_MERGED = "people_merged", gettext_lazy("people merged")
        ANCHOR_MOVED = "anchor_moved", gettext_lazy("photo moved")
        PERSON_SPLIT = "person_split", gettext_lazy("person split")
        PEOPLE_DELETED = "people_deleted", gettext_lazy("many people deleted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gallery_changes"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    summary = models.CharField(max_length=500)  # what was done, as a sentence
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    # The order by which it was done with many others; while that is under way it is not erased.
    bulk = models.ForeignKey(
        "verification.BulkChange", on_delete=models.SET_NULL, null=True, editable=False,
        related_name="changes",
    )  # fmt: skip

    objects = GalleryRows.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="change_by_owner"),
            models.Index(fields=["created_at"], name="change_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.kind})"

    @property
    def undoable_until(self):
        return self.created_at + timedelta(minutes=settings.FACEVERIFY_UNDO_MINUTES)

    @property
    def is_undoable(self) -> bool:
        return self.undone_at is None and timezone.now() < self.undoable_until


def deleted_in() -> models.ForeignKey:
    """The change that deleted a row; null while it is there. Its index is `deleted_index`: one of all
    rows would tempt SQLite to look there first, where nearly all are null."""
    return models.ForeignKey(
        Change, on_delete=models.CASCADE, null=True, blank=True, editable=False, related_name="+",
        db_index=False,
    )  # fmt: skip


def deleted_index() -> models.Index:
    return models.Index(
        fields=["deleted_in"], name="%(class)s_deleted", condition=~Q(deleted_in=None)
    )
