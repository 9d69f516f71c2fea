"""Make the model that this installation serves, where it comes with the project."""

import re
import subprocess
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from verification import engine
from verification.engine import record
from verification.model_change.services import former

# What TensorFlow writes at any log level: about drivers that are missing, and about its own calls.
TENSORFLOW = re.compile(
    r"WARNING: All log messages before absl::|[IWE]\d{4} \d\d:\d\d|WARNING:absl:|INFO: Created TensorFlow"
)


class Command(BaseCommand):
    help = (
        "Prepares the model to serve: FACEVERIFY_MODEL, else the recorded model unless it is on this "
        "machine, else the default. Run by make. The database may be missing."
    )

    def handle(self, **options):
        active = None if settings.FACEVERIFY_MODEL else self._recorded()
        if active and record.is_here(active):
            self.stdout.write(f"model {active} is there")
            return
        name = active.model_name if active else ""
        if not engine.folder_of(name or settings.FACEVERIFY_MODEL).is_dir():
            self.stdout.write("Preparing the model (about half a minute, once)")
            self.stdout.flush()
        command = [sys.executable, "-m", "ml", "prepare", *([f"--model={name}"] if name else [])]
        status = self._run(command)
        if active and not record.is_here(active):  # not made, or as this version makes it
            error = record.missing(active)
            raise CommandError(f"{error.detail} {error.remedy}")
        if status:
            sys.exit(status)

    def _run(self, command: list[str]) -> int:
        """Run a command in a process of its own, so that TensorFlow is not loaded into this one; its
        exit status. TensorFlow's messages are shown only if the process fails."""
        silenced = []
        with subprocess.Popen(  # noqa: S603  a name from the record
            command, cwd=settings.BASE_DIR, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if TENSORFLOW.match(line):
                    silenced.append(line)
                else:
                    self.stderr.write(line, ending="")
        if process.returncode:
            self.stderr.write("".join(silenced), ending="")
        return process.returncode

    def _recorded(self):
        try:
            return former()
        except DatabaseError:  # out of reach, or without tables yet
            return None
