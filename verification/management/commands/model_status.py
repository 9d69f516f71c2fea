"""Which model is in use, and how many anchors it has embedded."""

from django.core.management.base import BaseCommand, CommandError

from verification import engine
from verification.model_change.selectors import progress


class Command(BaseCommand):
    help = "Says which model is in use and how far the embedding of all anchors by it is."

    def handle(self, **options):
        try:
            model, found = engine.model_identity(), progress()
        except engine.ArtifactError as error:
            raise CommandError(f"{error.detail} {error.remedy}") from error
        self.stdout.write(f"{model['name']} {model['version']} {model['sha256']}")
        self.stdout.write(
            f"{found.ready} of {found.total} anchors embedded, {found.waiting} waiting, "
            f"{found.unusable} unusable"
        )
