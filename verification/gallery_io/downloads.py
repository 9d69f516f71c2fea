"""What pages and API let users download: the report of an import as CSV, an export as a ZIP."""

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils import translation

from accounts.audit.context import belongs_to

from ..jobs.tables import csv_lines
from ..photos.archives import open_archive, stream
from .models import GalleryExport, GalleryImport, ImportedFile

COLUMNS = ("file", "person", "result", "code", "reason", "what to do")


def report_csv(job: GalleryImport, files: QuerySet[ImportedFile]) -> StreamingHttpResponse:
    """The lines of an import's report."""
    rows = (
        (
            file.path, file.person_name, _in_english(file),
            file.code, file.detail, file.remedy,
        )
        for file in files.iterator(chunk_size=1000)
    )  # fmt: skip
    response = StreamingHttpResponse(
        csv_lines(COLUMNS, rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="import-{job.created_at:%Y-%m-%d}.csv"'
    return response


def _in_english(file: ImportedFile) -> str:
    """What became of a file, for programs: the same for every reader."""
    with translation.override(None):
        return str(file.get_outcome_display())


def export_zip(job: GalleryExport) -> StreamingHttpResponse:
    """The ZIP of a finished export; Http404 when it is not there, or its time is over."""
    if not job.is_fetchable:
        raise Http404("There is no such file.")
    try:
        file = open_archive(job.folder, job.size, job.stem, job.stem)
    except FileNotFoundError:
        raise Http404("There is no such file.") from None
    belongs_to(job.gallery.owner_id)
    response = StreamingHttpResponse(stream(file), content_type="application/zip")
    name = f"faceverify-gallery-{job.finished_at:%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = job.size
    return response
