"""Keep the recorded model where an update of the project does not reach it."""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from verification import engine
from verification.engine import record
from verification.model_change import services


class Command(BaseCommand):
    help = (
        "Copies the model in use into the folder models of FACEVERIFY_VAR, unless it is there. For "
        "containers, whose image has the models of the project's newest version alone."
    )

    def handle(self, **options):
        try:
            active = services.settle()
            source = record.folder()
        except engine.ArtifactError as error:
            raise CommandError(f"{error.detail} {error.remedy}") from error
        place = settings.VAR_DIR / "models"
        if source.is_relative_to(settings.VAR_DIR):
            self.stdout.write(f"{active} is kept in {source}")
            return
        place.mkdir(exist_ok=True)
        kept = place / f"{active.model_name or 'model'}-{active.model_sha256[:12]}"
        with tempfile.TemporaryDirectory(prefix=".", dir=place) as folder:
            shutil.copytree(source, Path(folder) / "model")
            shutil.rmtree(kept, ignore_errors=True)
            (Path(folder) / "model").rename(kept)
        self.stdout.write(f"{active} is kept in {kept}")
