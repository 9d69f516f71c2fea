"""Whether everything that is stored is there and opens."""

import json
from collections import Counter

from django.core.management.base import BaseCommand, CommandError

from verification.photos.private import StorageUnavailable
from verification.upkeep import integrity


class Command(BaseCommand):
    help = (
        "Looks for rows without their file, files without a row, and whatever does not open with the "
        "configured keys. The site may run meanwhile. Ends with status 1 if something is wrong."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--fix",
            action="store_true",
            help="delete files and folders of nobody that are an hour old, and vectors of nobody, note the "
            "right sizes, and have the next search write vectors that are missing or wrong",
        )
        parser.add_argument(
            "--quick", action="store_true", help="look for files without reading them"
        )
        parser.add_argument("--json", action="store_true", help="print counts as one JSON object")
        parser.add_argument(
            "--list", action="store_true", help="print the table and id of everything found"
        )

    def handle(self, fix, quick, json: bool, list: bool, **options):
        found, left = Counter[str](), 0
        try:
            for finding in integrity.check(fix=fix, quick=quick):
                found[finding.kind] += 1
                left += not finding.fixed
                if list:
                    self.stderr.write(f"{finding.kind}: {finding.where}")
        except StorageUnavailable as error:
            raise CommandError(f"{error.strerror}. Start this again when it answers.") from None
        if json:
            self.stdout.write(_json({kind: found[kind] for kind in integrity.KINDS}))
        else:
            for kind, words in integrity.KINDS.items():
                self.stdout.write(f"{found[kind]:>8}  {words}")
        if left:
            raise CommandError(_advice(left, fix))
        if not json:
            self.stdout.write("Put right." if found else "Everything is in order.")


def _json(counts: dict[str, int]) -> str:
    return json.dumps(counts)


def _advice(left: int, fix: bool) -> str:
    things = "1 fault" if left == 1 else f"{left} faults"
    if fix:
        return f"{things} left that only a backup can put right; --list says where."
    return f"{things} found. --fix puts right what is safe to put right; --list says where."
