"""Put a backup in the place of an empty installation."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import ApiKey
from accounts.services import api_keys_revoke
from accounts.sessions.services import sessions_end_everywhere
from verification.engine import record
from verification.upkeep.backup_folders import BackupRefused
from verification.upkeep.databases import DatabaseNotCopied
from verification.upkeep.restore import restore


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty installation, brings it up to date, erases again what was "
        "erased since the backup was made, signs everybody out, and checks that everything is there. "
        "Stop web and workers first."
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
            help="a list of what was erased since then, besides that of this installation",
        )
        parser.add_argument(
            "--revoke-keys",
            action="store_true",
            help="revoke every API key: where the list of what was ended since the backup is lost",
        )
        parser.add_argument(
            "--force", action="store_true", help="replace everything that is here already"
        )

    def handle(
        self,
        folder: Path,
        keys: Path | None,
        erasures: list[Path],
        revoke_keys: bool,
        force: bool,
        **options,
    ):
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
        call_command("replay_erasures", *map(str, erasures), stdout=self.stdout, stderr=self.stderr)
        self.stdout.write(
            f"Restored the backup of {manifest['made_at']}: the database and "
            f"{len(manifest['files']) - 1} files."
        )
        self._end_access(manifest["made_at"], revoke_keys)
        self._tell_model()
        if settings.FACEVERIFY_SEARCH == "pgvector":
            self.stdout.write(
                "A backup has no vectors of searches. Until they are made again, galleries are searched "
                "in memory: python manage.py search_index build"
            )
        call_command("check_integrity", stdout=self.stdout, stderr=self.stderr)

    def _end_access(self, made_at: str, revoke_keys: bool) -> None:
        """A backup also brings back who was let in then."""
        sessions_end_everywhere()
        revoked = api_keys_revoke(keys=ApiKey.objects.all()) if revoke_keys else 0
        self.stdout.write(
            "Everybody is signed out. Passwords and second factors are those of "
            f"{made_at}: whoever has changed them since has to do so again."
        )
        if revoked:
            self.stdout.write(f"Revoked {revoked} API keys.")

    def _tell_model(self) -> None:
        active = record.recorded()
        if active and not record.is_here(active):
            self.stdout.write(
                f"The model {active} is not on this machine: copy its folder into var/models."
            )
