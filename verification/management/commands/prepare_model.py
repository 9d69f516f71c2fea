"""Make the model that this installation serves, where it comes with the project."""

import subprocess
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from verification.engine import record
from verification.model_change.services import former


class Command(BaseCommand):
    help = (
        "Prepares the model that is to be served: FACEVERIFY_MODEL's, else the recorded one, unless "
        "this machine has it, else the default. Run by make; needs no database that is ready."
    )

    def handle(self, **options):
        active = None if settings.FACEVERIFY_MODEL else self._recorded()
        if active and record.is_here(active):
            self.stdout.write(f"model {active} is there")
            return
        named = [f"--model={active.model_name}"] if active and active.model_name else []
        command = [sys.executable, "-m", "ml", "prepare", *named]
        # In a process of its own: TensorFlow stays out of this one.
        done = subprocess.run(command, cwd=settings.BASE_DIR)  # noqa: S603  a name from the record
        if active and not record.is_here(active):  # not made, or as this version makes it
            error = record.missing(active)
            raise CommandError(f"{error.detail} {error.remedy}")
        if done.returncode:
            sys.exit(done.returncode)

    def _recorded(self):
        try:
            return former()
        except DatabaseError:  # out of reach, or without tables yet
            return None
