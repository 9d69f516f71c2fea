"""Entries as files: CSV for spreadsheets, JSON lines for programs and for checking the hashes."""

import csv
import json
from collections.abc import Iterator

from django.db.models import QuerySet

from .models import AuditEntry

COLUMNS = (
    *("number", "created_at", "action", "account", "actor", "key", "object_kind", "object_id"),
    *("address", "request_id", "detail", "hash"),
)
CHUNK = 2000


class _Line:
    def write(self, text: str) -> str:
        return text


def as_csv(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for entry in entries.iterator(chunk_size=CHUNK):
        values = entry.says() | {"hash": entry.hash, "detail": json.dumps(entry.detail)}
        yield writer.writerow([values.get(column, "") for column in COLUMNS])


def as_json_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """One entry a line. The hash is the SHA-256 of the line without `hash` and `seal`, written with sorted
    names and without spaces, in ASCII."""
    for entry in entries.iterator(chunk_size=CHUNK):
        told = entry.says() | {"hash": entry.hash, "seal": entry.seal}
        yield json.dumps(told, sort_keys=True, separators=(",", ":")) + "\n"


FORMATS = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson; charset=utf-8", as_json_lines),
}
