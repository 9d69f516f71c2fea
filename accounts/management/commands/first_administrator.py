"""At the start of a site without an administrator: print the link that makes one."""

from django.core.management.base import BaseCommand

from accounts.invitations.services import first_administrator_invite
from accounts.links import invitation_link


class Command(BaseCommand):
    help = (
        "Print a link that makes the first administrator: for a day, once, and no longer as soon as "
        "there is an administrator. Prints nothing where there is one."
    )

    def handle(self, *args, **options):
        token = first_administrator_invite()
        if token is not None:
            self.stdout.write(
                "This site has no administrator yet. It works without one; to become it, open this "
                f"link within a day:\n  {invitation_link(token)}"
            )
