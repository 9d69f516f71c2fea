"""Check a report of a verdict."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from verification.reports.checking import check

MOST_BYTES = 50_000_000  # a report has less than a hundredth of that


class Command(BaseCommand):
    help = (
        "Check whether a report, a PDF that this server has made of a verdict, was changed, and whether "
        "the verdict still says the same. The exit status is 1 if not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", metavar="FILE", help="the PDF as it was downloaded")

    def handle(self, *args: Any, **options: Any) -> None:
        found = check(_read(options["report"]))
        for sentence in found.holds:
            self.stdout.write(f"It holds: {sentence}")
        for sentence in found.wrong:
            self.stdout.write(f"WRONG: {sentence}")
        if not found.good:
            raise CommandError("The report does not hold.")


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise CommandError(f"{name} is larger than any report: give the PDF as it was downloaded.")
    return data
