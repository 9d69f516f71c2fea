"""Change the model of the installation: the one way to do it."""

import getpass
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from verification import engine
from verification.engine import record
from verification.model_change import services
from verification.model_change.preview import last_verdicts, preview
from verification.model_change.selectors import anchors_of_others, numbers_of_others


class Command(BaseCommand):
    help = (
        "Shows what another model would say of the last verdicts, asks, records it as the model of "
        "this installation and has the photos of all galleries embedded anew. Verdicts that were "
        "given stay as they are. Web processes and workers have to be started again."
    )

    def add_arguments(self, parser):
        parser.add_argument("model", help="a name, for var/models/NAME, or a model folder")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--last",
            type=int,
            default=200,
            help="how many verdicts to look at again, 0 for none (default: %(default)s)",
        )

    def handle(self, model, yes, last, **options):
        if last < 0:
            raise CommandError("--last takes a number from 0.")
        former, candidate, folder = self._look(model)
        self._preview(candidate, last)
        count = anchors_of_others(candidate.sha256)
        self.stdout.write(
            f"From {former} to {candidate.name} {candidate.version} (SHA-256 "
            f"{candidate.sha256[:12]}): {count} photo{'' if count == 1 else 's'} of galleries would "
            "be embedded anew. Until then, verdicts on people and galleries wait."
        )
        if lost := numbers_of_others(candidate.sha256).count():
            self.stdout.write(
                f"{lost} face{'' if lost == 1 else 's'} that programs sent in as numbers could not be "
                "compared any more: there is no photo to embed anew. Their owners see which they are on "
                "the page about the model."
            )
        if not yes and not self._agreed():
            raise CommandError("Nothing was changed.")
        if not services.model_change(former=former, model=candidate, chosen_by=_operator()):
            raise CommandError(
                "The model was changed by somebody else meanwhile. Look again: "
                "python manage.py model_status"
            )
        self.stdout.write(f"Recorded: {record.recorded()}")
        self.stdout.write(_to_do(folder))
        if settings.FACEVERIFY_SEARCH == "pgvector":
            self.stdout.write(
                "Galleries are searched in memory until all photos are embedded and this has run: "
                "python manage.py search_index build"
            )

    def _look(self, model: str):
        """The recorded model, the identity of the candidate, and its folder."""
        folder = engine.folder_of(model)
        try:
            candidate = engine.serve(folder)
            # An installation without a record gets the one that it would get at its next start.
            former = record.recorded() or services.first()
        except engine.ArtifactError as error:
            raise CommandError(f"{error.detail} {error.remedy}") from error
        if candidate.sha256 == former.model_sha256:
            raise CommandError(f"{former} is the recorded model already: nothing to change.")
        return former, candidate, folder

    def _preview(self, candidate: engine.ModelIdentity, last: int) -> None:
        rows = last_verdicts(last=last) if last else []
        if not rows:
            return
        made = preview(rows=rows, model=candidate)
        answers = list(made.verdicts.all())
        skipped = sum(answer.outcome == "skipped" for answer in answers)
        self.stdout.write(
            f"{sum(answer.changed for answer in answers)} of the last {len(answers) - skipped} "
            "verdicts would change"
            + (f" ({skipped} could not be looked at)" if skipped else "")
            + "; python manage.py preview_model lists them."
        )

    def _agreed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was changed: say --yes where nobody can be asked.")
        return input("Change the model? [y/N] ").strip().lower() in ("y", "yes")


def _operator() -> str:
    try:
        return getpass.getuser()[:100]
    except (KeyError, OSError):  # a user without a name, as in a container
        return ""


def _to_do(folder) -> str:
    """What is left to the operator, on each machine."""
    active = record.recorded()
    if active is None or not record.is_here(active):
        return f"Set FACEVERIFY_MODEL={folder} and start web and workers again, on every machine."
    if settings.FACEVERIFY_MODEL:
        return (
            f"FACEVERIFY_MODEL is {settings.FACEVERIFY_MODEL}: unset it or set it to {folder}, then "
            "start web and workers again, on every machine."
        )
    return "Start web and workers again, on every machine: the machine must have this model."
