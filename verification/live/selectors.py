"""Reads, always scoped to an owner."""

from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404

from accounts.models import User

from ..jobs.models import RUNNING
from .models import LiveSession


def session_get(*, owner: User, id: UUID | str) -> LiveSession:
    """One of the owner's sessions; Http404 for anything else."""
    row = LiveSession.objects.filter(owner=owner, pk=id).first()
    if row is None:
        raise Http404("There is no such session.")
    return row


def sessions_open() -> QuerySet[LiveSession]:
    """The sessions whose cameras are followed now, of all accounts."""
    return LiveSession.objects.filter(state=RUNNING, lease_expires_at__gt=Now())
