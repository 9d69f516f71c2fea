"""Copy the whole installation."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from verification.upkeep.backup import backup
from verification.upkeep.backup_folders import BackupRefused, keys_folder
from verification.upkeep.databases import DatabaseNotCopied


class Command(BaseCommand):
    help = (
        "Copies database and stored files into a new folder, encrypted with the file keys, and the "
        "keys into another folder beside it, which belongs elsewhere. The site may run meanwhile."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="a new or empty folder")
        parser.add_argument(
            "--keys", type=Path, metavar="FOLDER", help="where the keys go (default: FOLDER.keys)"
        )
        parser.add_argument("--without-keys", action="store_true", help="do not copy the keys")

    def handle(self, folder: Path, keys: Path | None, without_keys: bool, **options):
        if without_keys and keys:
            raise CommandError("Say --keys or --without-keys, not both.")
        folder = folder.absolute()
        place = None if without_keys else (keys or keys_folder(folder)).absolute()
        if place and place.is_relative_to(folder):
            raise CommandError("The keys belong elsewhere than into the backup.")
        try:
            manifest = backup(folder, place)
        except (BackupRefused, DatabaseNotCopied) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup was not finished: {error.strerror}.") from error
        size = sum(size for size, _hash in manifest["files"].values())
        self.stdout.write(
            f"{folder}: the database and {len(manifest['files']) - 1} files, {size / 1e6:.1f} MB."
        )
        if place:
            self.stdout.write(
                f"Move {place} elsewhere: whoever has both can read everything, and without the keys "
                "nobody can."
            )
        else:
            self.stdout.write(
                "Without the file keys it cannot be read: keep a copy of them elsewhere."
            )
