"""Ending sessions, and noting that one is in use."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from ..audit.actions import Action
from ..audit.services import record
from ..models import User


def session_end(*, user: User, id: int) -> bool:
    """Sign out one of the user's sessions. False if they have no such session (any more)."""
    session = UserSession.objects.filter(user=user, pk=id).first()
    if session is None:
        return False
    with transaction.atomic():
        record(action=Action.SESSIONS_ENDED, account=user.pk, how="one")
        session.end()
    return True


def sessions_end_others(*, request: HttpRequest, user: User) -> None:
    """Sign the user out everywhere but in the session of this request: in the sessions of the list, and
    in any that it does not show."""
    with transaction.atomic():
        _end_all(user, but=request.session.session_key)
        update_session_auth_hash(request, user)  # also gives the session another key
        request.session.save()
        UserSession.objects.filter(user=user).delete()
        UserSession.objects.create_from_request(request)


def sessions_end_all(*, user: User, request: HttpRequest | None = None) -> None:
    """Sign the user out everywhere, and in the session of `request`."""
    with transaction.atomic():
        _end_all(user)
        UserSession.objects.filter(user=user).delete()
    if request is not None:
        logout(request)


def sessions_end_everywhere() -> int:
    """Sign everybody out, everywhere; how many sessions were signed in."""
    with transaction.atomic():
        record(action=Action.SESSIONS_ENDED, how="restored")
        ended = UserSession.objects.count()
        UserSession.objects.all().delete()
        Session.objects.all().delete()
        User.objects.update(session_epoch=F("session_epoch") + 1)
    return ended


def _end_all(user: User, *, but: str | None = None) -> None:
    # Every session carries a hash of this number: those with the former one sign nobody in any more.
    record(action=Action.SESSIONS_ENDED, account=user.pk, how="others" if but else "all")
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    for session in UserSession.objects.filter(user=user).exclude(session_key=but):
        session.end()
