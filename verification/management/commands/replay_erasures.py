"""Erase again what a restored backup has brought back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations

from verification.retention.replay import replay_erasures
from verification.retention.words import phrases


class Command(BaseCommand):
    help = (
        "After a backup was restored: erase again what had been erased since it was made. It may be "
        "repeated. Stop web and workers first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "lists",
            nargs="*",
            metavar="FILE",
            type=Path,
            help=f"lists of what was erased (besides {settings.FACEVERIFY_ERASURES})",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        lists: list[Path] = options["lists"]
        missing = [str(path) for path in lists if not path.is_file()]
        if missing:
            raise CommandError(f"There is no file {', '.join(missing)}.")
        if not lists and not settings.FACEVERIFY_ERASURES.is_file():
            self.stderr.write(
                f"There is no list {settings.FACEVERIFY_ERASURES}: only what the restored database "
                "itself notes as erased is looked for."
            )
        counts = replay_erasures(lists)
        for phrase in phrases(counts):
            self.stdout.write(f"Erased again: {phrase}")
        if not counts:
            self.stdout.write("Nothing that was erased is here.")
