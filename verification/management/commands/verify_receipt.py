"""Check a receipt of an erasure."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, no_translations

from verification.retention.receipts import LIMITS, Checked, check, check_id


class Command(BaseCommand):
    help = (
        "Check a receipt of an erasure, and say what it proves. The exit status is 1 if it does not "
        "hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("receipt", metavar="FILE|ID", help="a downloaded receipt, or its id")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        found = _checked(options["receipt"])
        for sentence in found.proves:
            self.stdout.write(f"It holds: {sentence}")
        for sentence in found.wrong:
            self.stdout.write(f"WRONG: {sentence}")
        for sentence in LIMITS if found.proves else ():
            self.stdout.write(f"Not proven: {sentence}")
        if not found.good:
            raise CommandError("The receipt does not hold." if not found.proves else "See above.")


def _checked(given: str) -> Checked:
    try:
        id = UUID(given)
    except ValueError:
        pass
    else:
        return check_id(id)
    try:
        return check(json.loads(Path(given).read_bytes()))
    except OSError as error:
        raise CommandError(f"{given} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise CommandError(f"{given} is not JSON: give a receipt as it was downloaded.") from None
