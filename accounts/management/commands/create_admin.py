"""Make an administrator."""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.administrators import administrator_make
from accounts.links import password_link
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Make the user with this address an administrator. If there is none yet, it is made: asks "
        "for a password, or prints a link to choose one, where nobody can be asked or with --link."
    )

    def add_arguments(self, parser):
        parser.add_argument("address", help="the administrator's email address")
        parser.add_argument(
            "--link", action="store_true", help="print a link to choose the password"
        )

    def handle(self, *args, **options):
        address = options["address"].strip().lower()
        user = User.objects.filter(email__iexact=address).first()
        if user is not None:
            if not user.is_active:
                raise CommandError("This account is closed.")
            administrator_make(user=user)
            self.stdout.write(f"{address} is an administrator now. The password stays.")
            return
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(f"{address!r} is not an email address.") from None
        ask = sys.stdin.isatty() and not options["link"]
        password = _asked_password(address) if ask else None
        user = User.objects.create_user(address, password)
        administrator_make(user=user)
        self.stdout.write(f"{address} is an administrator now.")
        if not ask:
            self.stdout.write(f"Choose the password here: {password_link(user)}")


def _asked_password(address: str) -> str:
    password = getpass.getpass("Password: ")
    try:
        validate_password(password, User(email=address))
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    if getpass.getpass("Password (again): ") != password:
        raise CommandError("The two passwords differ.")
    return password
