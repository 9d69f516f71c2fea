"""Reading the sessions of a user."""

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from ..models import User
from .words import client_in_words


@dataclass(frozen=True)
class OpenSession:
    """A session as its user sees it."""

    row: UserSession
    client: str
    is_current: bool


def session_list(*, request: HttpRequest, user: User) -> list[OpenSession]:
    """The sessions in which the user is signed in, the one of this request first, then the last used."""
    rows = UserSession.objects.purge_and_list(user)
    current = request.session.session_key
    rows.sort(key=lambda row: (row.session_key != current, -row.last_seen_at.timestamp()))
    return [
        OpenSession(row, client_in_words(row.user_agent), row.session_key == current)
        for row in rows
    ]
