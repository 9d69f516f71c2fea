"""What is stored of accounts under a key of FACEVERIFY_FILE_KEYS: secrets of second factors, and sessions."""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction

from . import cipher

SECRETS = ("secret", "seed")  # in an authenticator's `data`; a passkey has a public key only


@dataclass
class Sealed:
    """How many values were encrypted anew, and how many no key opens."""

    changed: int = 0
    unreadable: int = 0


def secrets_of_factors(most: int) -> Iterator[str]:
    """Some of the stored secrets, to see whether the keys open them."""
    for data in Authenticator.objects.order_by("-pk").values_list("data", flat=True)[:most]:
        yield from (data[name] for name in SECRETS if name in data)


def sealed_rotate() -> Sealed:
    """Encrypt everything with the first key that another one encrypted."""
    done = Sealed()
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        _rotate_factor(pk, done)
    for pk, data in Session.objects.order_by("pk").values_list("pk", "session_data"):
        if cipher.is_newest(data):
            continue
        try:
            renewed = cipher.encrypt(cipher.decrypt(data))
        except cipher.SecretUnreadable:
            continue  # of before sessions were encrypted, or nobody's any more
        # Only while it is the session that was read: a newer one stays.
        done.changed += Session.objects.filter(pk=pk, session_data=data).update(
            session_data=renewed
        )
    return done


@transaction.atomic
def _rotate_factor(pk: int, done: Sealed) -> None:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return
    for name in SECRETS:
        if name not in row.data or cipher.is_newest(row.data[name]):
            continue
        try:
            row.data[name] = cipher.encrypt(cipher.decrypt(row.data[name]))
        except cipher.SecretUnreadable:
            done.unreadable += 1
            continue
        row.save(update_fields=["data"])
        done.changed += 1
