"""Seal everything that is stored with the newest file key."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from verification.photos.private import StorageUnavailable
from verification.upkeep.rotation import rotate


class Command(BaseCommand):
    help = (
        "Seals all stored files, embeddings and secrets with the first of the file keys, and says "
        "when the others can be removed. Start web and workers again with the new key before. The "
        "site may run meanwhile; a run that was cut off is started again and goes on."
    )

    def handle(self, **options):
        try:
            done = rotate()
        except StorageUnavailable as error:
            raise CommandError(
                f"{error.strerror}. Keep the older keys, and start this again when it answers: it goes on."
            ) from None
        self.stdout.write(
            f"{done.files} files and {done.values} values were sealed with the newest key."
        )
        if not done.settled:
            raise CommandError(
                "Something keeps writing with an older key: start web and workers again, on every "
                "machine, then run this command once more. Keep the older keys."
            )
        if not done.is_complete:
            raise CommandError(
                f"{done.unreadable_files} files and {done.unreadable_values} values do not open with "
                "any of the keys. Keep the older keys until python manage.py check_integrity --list "
                "has told you which they are, and restore them from a backup if you have one."
            )
        if len(settings.FACEVERIFY_FILE_KEYS) > 1:
            self.stdout.write(
                "Nothing stored needs the older keys any more: once no process runs that was started "
                "before the newest key was added, they can be removed. Backups made until now still "
                "need them."
            )
        else:
            self.stdout.write("There is one key, and nothing stored needs another.")
