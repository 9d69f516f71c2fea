"""What the rules of retention erase, and erasing it now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from accounts.models import User
from verification.retention.rules import due_of, next_run_at
from verification.retention.runs import run_rules
from verification.retention.words import phrases


class Command(BaseCommand):
    help = (
        "Show how much the rules of retention erase in the next night, of all accounts together. "
        "With --run go on with the latest night's run, if it is not finished."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", action="store_true", help="finish the latest night's run")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if options["run"]:
            while not run_rules():
                pass
            self.stdout.write(f"Finished at {timezone.now():%Y-%m-%d %H:%M} UTC.")
        at = next_run_at()
        counts: dict[str, int] = {}
        for owner in User.objects.order_by("pk").iterator():
            for due in due_of(owner=owner, at=at):
                what = due.rule.kind.counted
                counts[what] = counts.get(what, 0) + due.count
        self.stdout.write(f"In the night of {at:%Y-%m-%d %H:%M} UTC will be erased:")
        for phrase in phrases(counts) or ["nothing"]:
            self.stdout.write(f"  {phrase}")
