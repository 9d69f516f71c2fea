"""Put a backup in the place of an empty installation."""

from pathlib import Path

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from verification.engine import record
from verification.upkeep.backup_folders import BackupRefused
from verification.upkeep.databases import DatabaseNotCopied
from verification.upkeep.restore import restore

REPLAY = "replay_erasures"


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty installation, brings it up to date, erases again what was "
        "erased since the backup was made, and checks that everything is there. Stop web and workers "
        "first."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="the folder that `manage.py backup` has made")
        parser.add_argument(
            "--keys",
            type=Path,
            metavar="FOLDER",
            help="the folder with the backup's keys, if they are not the configured ones",
        )
        parser.add_argument(
            "--erasures",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="a list of what was erased since then (default: that of this installation)",
        )
        parser.add_argument(
            "--force", action="store_true", help="replace everything that is here already"
        )

    def handle(self, folder: Path, keys: Path | None, erasures: list[Path], force: bool, **options):
        for path in erasures:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        try:
            manifest = restore(folder.absolute(), keys and keys.absolute(), force=force)
        except (BackupRefused, DatabaseNotCopied) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The restoring was not finished: {error.strerror}.") from error
        call_command("migrate", verbosity=0)
        if REPLAY in get_commands():
            call_command(REPLAY, *map(str, erasures), stdout=self.stdout, stderr=self.stderr)
        self.stdout.write(
            f"Restored the backup of {manifest['made_at']}: the database and "
            f"{len(manifest['files']) - 1} files."
        )
        self._tell_model()
        call_command("check_integrity", stdout=self.stdout, stderr=self.stderr)

    def _tell_model(self) -> None:
        active = record.recorded()
        if active and not record.is_here(active):
            self.stdout.write(
                f"The model {active} is not on this machine: copy its folder into var/models."
            )
