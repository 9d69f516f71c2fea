"""What another model would say of the last verdicts, before it is served."""

import csv

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from verification import engine
from verification.model_change import services
from verification.model_change.preview import last_verdicts, preview

COLUMNS = (
    "verification", "kind", "before", "similarity_before", "after", "similarity_after", "changed",
    "detail",
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Runs a candidate model over the photos of the last verdicts and says which would change. "
        "The verdicts stay as they are; users see the result on their page Model."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", help="the candidate: a name, or a model folder")
        parser.add_argument(
            "--last", type=int, default=200, help="how many verdicts (default: %(default)s)"
        )
        parser.add_argument("--owner", metavar="EMAIL", help="of this user alone")
        parser.add_argument("--csv", metavar="FILE", help="write every answer to a table")

    def handle(self, folder, last, owner, **options):
        if last < 1:
            raise CommandError("--last takes a number from 1.")
        if owner is not None:
            user = get_user_model().objects.filter(email__iexact=owner).first()
            if user is None:
                raise CommandError(f"There is no user {owner}.")
            owner = user
        try:
            former = services.former()
            in_use = former.model_sha256 if former else engine.model_identity().sha256
            model = engine.serve(folder)
        except engine.ArtifactError as error:
            raise CommandError(f"{error.detail} {error.remedy}") from error
        if model.sha256 == in_use:
            raise CommandError("This is the model in use: nothing would change.")
        rows = last_verdicts(last=last, owner=owner)
        if not rows:
            raise CommandError("There are no verdicts yet.")
        made = preview(
            rows=rows, model=model, on_progress=lambda number: self._tell(number, len(rows))
        )
        answers = list(made.verdicts.select_related("verification"))
        if options["csv"]:
            _write(options["csv"], answers)
        changed = [row for row in answers if row.changed]
        skipped = sum(row.outcome == "skipped" for row in answers)
        self.stdout.write(
            f"{made}: {len(changed)} of {len(answers) - skipped} verdicts would change"
            + (f", {skipped} not looked at." if skipped else ".")
        )
        for row in changed:
            self.stdout.write(f"{row.verification_id}  {row.verification.outcome} -> {row.outcome}")

    def _tell(self, number: int, count: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{number}/{count}", ending="\n" if number == count else "")


def _write(path: str, answers) -> None:
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for row in answers:
            before = row.verification
            table.writerow(
                [
                    before.pk,
                    before.kind,
                    before.outcome,
                    before.similarity,
                    row.outcome,
                    row.similarity,
                    int(row.changed),
                    row.detail,
                ]
            )
