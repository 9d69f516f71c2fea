"""Reads of the rows of accounts, scoped to an owner."""

from functools import cache
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404

from .models import ApiKey, User
from .prepared import Prepared
from .services import KEY_START, digest_of


def quota_bytes(*, owner_id: UUID) -> int | None:
    """How much the account may store; None: as much as there is."""
    owner = next(iter(User.objects.filter(pk=owner_id).only("quota_megabytes")), None)
    return quota_of(owner=owner or User())


def quota_of(*, owner: User) -> int | None:
    """As `quota_bytes`, of a row that has been read."""
    own = owner.quota_megabytes
    megabytes = settings.FACEVERIFY_QUOTA_MEGABYTES if own is None else own
    return megabytes * 1024**2 or None


def api_key_list(*, owner: User) -> QuerySet[ApiKey]:
    """The owner's keys, newest first, revoked and expired ones included."""
    return (
        ApiKey.objects.filter(owner=owner)
        .select_related("followed_by")
        .order_by("-created_at", "-id")
    )


def api_key_get(*, owner: User, id) -> ApiKey:
    """One of the owner's keys; Http404 for anything else."""
    try:
        return api_key_list(owner=owner).get(pk=id)
    except (ApiKey.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such API key.") from None


def api_key_find(*, secret: str) -> ApiKey | None:
    """The active key with this secret, with its owner; None if there is none."""
    if not secret.startswith(KEY_START):
        return None
    key = next(iter(_with_digest().run(digest_of(secret))), None)
    return key if key is not None and key.is_active and key.owner.is_active else None


@cache
def _with_digest() -> Prepared[ApiKey]:
    """Digests are unique. Read for each request: a key that is revoked ends at once, in every process."""
    keys = ApiKey.objects.select_related("owner").order_by()
    return Prepared(lambda digest: keys.filter(digest=digest))
