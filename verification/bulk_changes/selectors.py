"""Reads, always scoped to an owner."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User

from .models import BulkChange


def bulk_change_list(*, owner: User) -> QuerySet[BulkChange]:
    """What the owner has ordered, newest first; for a key that is bound to a gallery, there."""
    rows = BulkChange.objects.filter(owner=owner).defer("ids").select_related("to")
    rows = rows.filter(gallery=owner.bound_gallery) if owner.bound_gallery else rows
    return rows.order_by("-created_at", "-id")


def bulk_change_get(*, owner: User, id: UUID | str) -> BulkChange:
    """One of the owner's; Http404 for anything else."""
    try:
        return bulk_change_list(owner=owner).get(pk=id)
    except (BulkChange.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such change of many people.") from None
