"""Second factors: who has one, what their removal ends, and their secrets under another key."""

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from .. import cipher
from ..audit.actions import Action
from ..audit.services import record
from ..models import User
from ..sessions.services import sessions_end_all, sessions_end_others

Type = Authenticator.Type
SECRETS = ("secret", "seed")  # in `data`; a passkey has a public key only


def has_factor(user: User) -> bool:
    """Whether signing in takes more than a password. Recovery codes alone do not count."""
    return Authenticator.objects.filter(user=user, type__in=(Type.TOTP, Type.WEBAUTHN)).exists()


@receiver(authenticator_removed)
def end_other_sessions(request: HttpRequest, user: User, authenticator: Authenticator, **_kwargs):
    """Who was signed in with a factor that is no longer trusted has to sign in again."""
    if authenticator.type != Type.RECOVERY_CODES:
        sessions_end_others(request=request, user=user)


def factors_remove(*, user: User) -> int:
    """Remove all second factors, and sign the user out everywhere; how many there were."""
    with transaction.atomic():
        count, _by_model = Authenticator.objects.filter(user=user).delete()
        if count:
            record(action=Action.FACTOR_REMOVED, account=user.pk, count=count, how="all")
            sessions_end_all(user=user)
    return count


def secrets_rotate() -> int:
    """Encrypt every stored secret with the first of FACEVERIFY_FILE_KEYS; how many there are.

    Raises SecretUnreadable, after all those before it.
    """
    count = 0
    for pk in Authenticator.objects.values_list("pk", flat=True).order_by("pk"):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            found = [name for name in SECRETS if row is not None and name in row.data]
            if row is not None and found:
                row.data |= {name: cipher.rotate(row.data[name]) for name in found}
                row.save(update_fields=["data"])
                count += 1
    return count
