"""What pages and API answer alike: the report as CSV, the export as a ZIP."""

import csv
import io
from collections.abc import Iterator

from django.http import Http404, StreamingHttpResponse

from ..photos.encrypted_parts import stream
from .models import GalleryExport, GalleryImport

COLUMNS = ("file", "person", "result", "code", "reason", "what to do")


def report_csv(job: GalleryImport, files) -> StreamingHttpResponse:
    """The lines of an import's report."""
    response = StreamingHttpResponse(_lines(files), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.created_at:%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def export_zip(job: GalleryExport) -> StreamingHttpResponse:
    """The ZIP of a finished export; Http404 when it is not there, or its time is over."""
    if not job.is_fetchable:
        raise Http404("There is no such file.")
    response = StreamingHttpResponse(
        stream(job.folder, job.stem, job.size), content_type="application/zip"
    )
    name = f"faceverify-gallery-{job.finished_at:%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = job.size
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(files) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for file in files.iterator(chunk_size=1000):
        row = (
            file.path, file.person_name, file.get_outcome_display(),
            file.code, file.detail, file.remedy,
        )  # fmt: skip
        writer.writerow([_harmless(cell) for cell in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
