"""Whether the audit log still says what was written into it."""

import re

from django.core.management.base import BaseCommand, CommandError

from accounts.audit.models import AuditEntry
from accounts.chain.checking import Report, verify
from accounts.chain.sealing import seal_waiting


class Command(BaseCommand):
    help = (
        "Checks the hash chain of the audit log. Exit status 1 and the first entry that does not fit, if one does "
        "not. Keep the last line: with --known it shows later whether the newest entries were cut off."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--known",
            metavar="NUMBER:HASH",
            help="an entry, as an earlier run printed it, that must still be there",
        )

    def handle(self, *args, known: str | None = None, **options):
        told = _entry(known) if known else None
        seal_waiting(AuditEntry)
        report = verify(AuditEntry, known=told)
        self.stdout.write(_counts(report))
        if report.broken:
            raise CommandError(f"Entry {report.broken.number}: {report.broken.reason}")
        self.stdout.write(f"intact, last entry {report.last}:{report.last_hash}")


def _entry(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d+):([0-9a-f]{64})", text.strip())
    if match is None:
        raise CommandError("--known: give the number and the hash of an entry as NUMBER:HASH.")
    return int(match[1]), match[2]


def _counts(report: Report) -> str:
    counts = f"{report.entries} entries checked, from {report.first} on"
    if report.unknown_keys:
        counts += f"; {report.unknown_keys} of them sealed with a former secret key, vouched for by later ones"
    return counts
