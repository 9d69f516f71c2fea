"""Move all stored files from the folder into the bucket, or back."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from verification.jobs.selectors import workers_alive
from verification.upkeep.moving import CopyDamaged, Move, move, storage_of

TOLD = 1000  # files from one line to the next


class Command(BaseCommand):
    help = (
        "Moves all stored files from FACEVERIFY_MEDIA into the bucket of FACEVERIFY_S3_BUCKET, or back, "
        "while web and workers are stopped. Each is read back and compared before it is deleted where it "
        "was. A run that was cut off is started again and goes on."
    )

    def add_arguments(self, parser):
        parser.add_argument("to", choices=("bucket", "folder"), help="where the files go")

    def handle(self, to: str, **options):
        if not settings.FACEVERIFY_S3_BUCKET:
            raise CommandError(
                "Set FACEVERIFY_S3_BUCKET, and what belongs to it, also to move back."
            )
        if workers_alive().exists():
            raise CommandError("A worker is running: stop web and workers, and wait for a minute.")
        source = storage_of("folder" if to == "bucket" else "bucket")
        target = storage_of(to)
        done = Move()
        try:
            for done in move(source, target):
                if done.files and not done.files % TOLD:
                    self.stdout.write(_said(done))
        except CopyDamaged:
            raise CommandError(
                f"{_said(done)} The next one did not arrive whole, and stays where it is: check the "
                f"memory and the disks of this machine and of {target.place}, then start this again."
            ) from None
        except OSError as error:
            raise CommandError(
                f"{_said(done)} Then: {error.strerror}. Start this again: it goes on."
            ) from None
        self.stdout.write(_said(done))
        if done.differing:
            raise CommandError(
                f"Of {done.differing} files {target.place} has another content under the same name. They "
                f"stay in {source.place}: use an empty bucket or folder."
            )
        self.stdout.write(
            "Start web and workers with FACEVERIFY_S3_BUCKET set."
            if to == "bucket"
            else "Start web and workers without FACEVERIFY_S3_BUCKET."
        )


def _said(done: Move) -> str:
    return f"{done.files} files were moved, {done.bytes / 1e6:.1f} MB."
