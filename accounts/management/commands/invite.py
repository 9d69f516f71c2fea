"""Print an invitation's link."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.invitations.services import invitation_create
from accounts.links import invitation_link


class Command(BaseCommand):
    help = (
        "Print a link with which somebody may create an account. Whoever has the link can use it."
    )

    def add_arguments(self, parser):
        parser.add_argument("--email", default="", help="only for an account with this address")
        parser.add_argument("--staff", action="store_true", help="makes an administrator")
        parser.add_argument("--uses", type=int, default=1, help="for so many accounts (1)")
        parser.add_argument("--days", type=float, default=7, help="valid for so many days (7)")

    def handle(self, *args, **options):
        fields = {name: options[name] for name in ("email", "staff", "uses", "days")}
        try:
            _invitation, token = invitation_create(invited_by=None, **fields)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(invitation_link(token))
