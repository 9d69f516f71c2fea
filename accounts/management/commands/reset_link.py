"""Print a link with which a user chooses a new password."""

from allauth.account.internal.userkit import filter_users_by_email
from django.core.management.base import BaseCommand, CommandError

from accounts.links import password_link


class Command(BaseCommand):
    help = (
        "Print a link with which a user who has forgotten the password chooses a new one, once. "
        "Make sure that it is they who ask, and give them the link on a safe way."
    )

    def add_arguments(self, parser):
        parser.add_argument("address", help="the user's email address")

    def handle(self, *args, **options):
        users = filter_users_by_email(options["address"], is_active=True, prefer_verified=True)
        if not users:
            raise CommandError("There is no account in use with this address.")
        self.stdout.write(password_link(users[0]))
