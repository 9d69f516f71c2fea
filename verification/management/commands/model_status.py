"""Which model is recorded and in use, and how many anchors it has embedded."""

from django.core.management.base import BaseCommand, CommandError

from verification import engine
from verification.engine import record
from verification.model_change.selectors import progress


class Command(BaseCommand):
    help = "Says which model is in use and how far the embedding of all anchors by it is."

    def handle(self, **options):
        try:
            model, found = engine.model_identity(), progress()
        except engine.ArtifactError as error:
            raise CommandError(f"{error.detail} {error.remedy}") from error
        self.stdout.write(f"{model.name} {model.version} {model.sha256}")
        if active := record.recorded():
            by = f" ({active.chosen_by})" if active.chosen_by else ""
            self.stdout.write(
                f"recorded {active.since:%Y-%m-%d %H:%M} UTC, {active.get_chosen_display()}{by}"
            )
        self.stdout.write(
            f"{found.ready} of {found.total} anchors embedded, {found.waiting} waiting, "
            f"{found.unusable} unusable"
        )
