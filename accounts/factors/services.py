"""Second factors: who has one, and what their removal ends."""

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from ..audit.actions import Action
from ..audit.services import record
from ..models import User
from ..sessions.services import sessions_end_all, sessions_end_others

Type = Authenticator.Type


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
