"""Reads, always scoped to an owner."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from ..jobs.models import PENDING, RUNNING
from .models import GalleryExport, GalleryImport, ImportedFile

Outcome = ImportedFile.Outcome


@dataclass(frozen=True)
class Progress:
    """An import's files so far by outcome, and photos whose faces a worker has still to find."""

    added: int
    present: int
    refused: int
    looking: int

    @property
    def read(self) -> int:
        return self.added + self.present + self.refused

    @property
    def finished(self) -> int:
        return self.read - self.looking


def import_list(*, owner) -> QuerySet[GalleryImport]:
    """The owner's imports, newest first, each with the counts for `import_progress`."""
    counts = {name: Count("files", filter=Q(files__outcome=name)) for name in Outcome.values}
    looking = Q(
        files__outcome=Outcome.ADDED,
        files__anchor__state__in=(PENDING, RUNNING),
        files__anchor__deleted_in=None,
    )
    return (
        _of(GalleryImport.objects.all(), owner)
        .annotate(**counts | {"looking": Count("files", filter=looking)})
        .order_by("-created_at", "-id")
    )


def import_get(*, owner, id) -> GalleryImport:
    """One of the owner's imports; Http404 for anything else."""
    return _get(import_list(owner=owner), id)


def import_progress(*, job: GalleryImport) -> Progress:
    """How far an import is that `import_list` or `import_get` returned."""
    looking = 0 if job.is_finished else job.looking
    return Progress(job.added, job.present, job.refused, looking)


def import_files(*, job: GalleryImport, outcome: str = "") -> QuerySet[ImportedFile]:
    """The lines of an import's report, in the order of the ZIP."""
    files = job.files.order_by("number")
    return files.filter(outcome=outcome) if outcome in Outcome.values else files


def export_list(*, owner) -> QuerySet[GalleryExport]:
    return _of(GalleryExport.objects.all(), owner).order_by("-created_at", "-id")


def export_get(*, owner, id) -> GalleryExport:
    """One of the owner's exports; Http404 for anything else."""
    return _get(export_list(owner=owner), id)


def _of(rows: QuerySet, owner) -> QuerySet:
    """The owner's; for a key that is bound to a gallery those of that gallery."""
    rows = rows.filter(owner=owner)
    return rows.filter(gallery=owner.bound_gallery) if owner.bound_gallery else rows


def _get(rows: QuerySet, id):
    try:
        return rows.get(pk=id)
    except (rows.model.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such transfer.") from None
