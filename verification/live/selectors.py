"""Reads, always scoped to an owner."""

from uuid import UUID

from django.http import Http404

from accounts.models import User

from .models import LiveSession


def session_get(*, owner: User, id: UUID | str) -> LiveSession:
    """One of the owner's sessions; Http404 for anything else."""
    row = LiveSession.objects.filter(owner=owner, pk=id).first()
    if row is None:
        raise Http404("There is no such session.")
    return row
