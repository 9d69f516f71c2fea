"""manage.py remove_factors ADDRESS"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...factors.services import factors_remove
from ...models import User


class Command(BaseCommand):
    help = (
        "Remove the second factors of an account whose owner has lost them, and sign it out "
        "everywhere. Make sure first who asks for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the account's email address")

    def handle(self, *_args: Any, address: str, **_options: Any) -> None:
        user = User.objects.filter(email__iexact=address).first()
        if user is None:
            raise CommandError("No account has this address.")
        count = factors_remove(user=user)
        if not count:
            raise CommandError("This account has no second factor.")
        self.stdout.write(
            f"Removed {count} (recovery codes included). The account is signed out everywhere, "
            "and its password alone signs in."
        )
