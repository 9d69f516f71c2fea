"""Writes of the rows of accounts."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from faceverify.api.errors import NotAllowedNow
from faceverify.api.scopes import USUAL, Scope

from . import access_keys
from .audit.actions import Action
from .audit.services import record
from .key_galleries import check_gallery
from .models import ApiKey, User
from .owner_lock import owner_locked
from .sign_in.notices import tell_owner
from .signals import key_ended

logger = structlog.get_logger(__name__)

KEY_START = "fv_"
PREFIX_LENGTH = 8
KEYS_PER_USER = 50
LAST_USED_PRECISION = timedelta(minutes=1)
MAX_OVERLAP_HOURS = 7 * 24


class KeyNotActive(NotAllowedNow):
    """The key is revoked or expired, or another key follows it already."""


def digest_of(secret: str) -> str:
    """What is stored of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def quota_set(*, user: User, megabytes: int | None) -> None:
    """Let the account store so many MB; 0: as much as there is, None: what the site's setting says."""
    user.quota_megabytes = megabytes
    user.full_clean(exclude=[f.name for f in user._meta.fields if f.name != "quota_megabytes"])
    user.save(update_fields=["quota_megabytes"])


def api_key_create(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str] = USUAL,
    expires_at: datetime | None = None,
    gallery: UUID | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret `fv_...`, which is not stored and cannot be shown again. With a `gallery`
    it sees and changes nothing but that one.

    Raises ValidationError (a dict by field) for a bad name, an unknown scope or none, an expiry in
    the past, or too many keys.
    """
    clean = _clean(name=name, scopes=scopes, expires_at=expires_at)
    check_gallery(owner, gallery)
    key = ApiKey(owner=owner, gallery=gallery, **clean)
    with owner_locked(owner.pk):
        _check_number(owner.pk)
        secret = _save_with_secret(key)
        record(action=Action.KEY_CREATED, object=key, scopes=key.scopes)
        tell_owner("api_key_created", user=owner, key=key)
        return key, secret


def api_key_update(*, key: ApiKey, **fields) -> ApiKey:
    """Change `name`, `scopes` or `expires_at` of an active key. Raises ValidationError,
    KeyNotActive."""
    clean = _clean(**fields)
    with transaction.atomic():
        if not _active(ApiKey.objects.filter(pk=key.pk)).update(**clean):
            raise KeyNotActive(gettext("This key is revoked or expired: create a new one."))
        key.refresh_from_db()
        record(action=Action.KEY_CHANGED, object=key, changed=sorted(clean), scopes=key.scopes)
    return key


def api_key_rotate(*, key: ApiKey, overlap_hours: int = 24) -> tuple[ApiKey, str]:
    """A new key with the same scopes, and its secret. The old one works for `overlap_hours` more
    (0: not at all), so that programs can be changed one after the other.

    Raises ValidationError, KeyNotActive.
    """
    if not 0 <= overlap_hours <= MAX_OVERLAP_HOURS:
        raise ValidationError(
            {
                "overlap_hours": gettext("Choose a whole number of hours from 0 to %(most)s.")
                % {"most": MAX_OVERLAP_HOURS}
            }
        )
    with owner_locked(key.owner_id):
        old = _active(ApiKey.objects.select_for_update().filter(pk=key.pk)).first()
        if old is None or ApiKey.objects.filter(follows=old).exists():
            raise KeyNotActive(
                gettext("Only an active key that was not rotated yet can be rotated.")
            )
        end = timezone.now() + timedelta(hours=overlap_hours)
        new = ApiKey(
            owner_id=old.owner_id,
            name=old.name,
            scopes=old.scopes,
            gallery=old.gallery,
            expires_at=old.expires_at,
            follows=old,
        )
        ended = min(end, old.expires_at or end)
        ApiKey.objects.filter(pk=old.pk).update(expires_at=ended)
        _check_number(old.owner_id)
        secret = _save_with_secret(new)
        record(action=Action.KEY_ROTATED, object=old, followed_by=new.pk)
        key_ended.send(ApiKey, key=old)
        tell_owner("api_key_rotated", user=old.owner, key=new)
        return new, secret


def api_key_revoke(*, key: ApiKey) -> ApiKey:
    """End a key now and for good; revoking it again keeps the first time."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record(action=Action.KEY_REVOKED, object=key)
            key_ended.send(ApiKey, key=key)
    key.refresh_from_db()
    return key


def api_keys_revoke(*, keys: QuerySet[ApiKey]) -> int:
    """Revoke those of these keys that still work; how many."""
    revoked = list(_active(keys))
    for key in revoked:
        api_key_revoke(key=key)
    return len(revoked)


def api_key_touch(*, key: ApiKey, address: str | None = None) -> None:
    """Store when and from where a key was used: once a minute at most, so that a busy program does
    not cause a write for each request.

    Where nothing can be written, because the disk is full or the database is locked, reading goes on
    without that note.
    """
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_PRECISION:
        try:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now, last_used_address=address)
        except OperationalError as error:
            logger.warning("use_of_key_not_noted", error=type(error).__name__)


def _clean(**fields) -> dict:
    errors = {}
    if "name" in fields:
        fields["name"] = " ".join(fields["name"].replace("\x00", "").split())
        if not fields["name"]:
            errors["name"] = gettext("Give the key a name that you will recognise.")
        elif len(fields["name"]) > 100:
            errors["name"] = gettext("Use a name of at most 100 characters.")
    if "scopes" in fields:
        chosen = set(fields["scopes"])
        fields["scopes"] = [scope for scope in Scope.values if scope in chosen]
        if not chosen or chosen - set(Scope.values):
            errors["scopes"] = gettext("Choose one or more of %(values)s.") % {
                "values": ", ".join(Scope.values)
            }
    expires_at = fields.get("expires_at")
    if expires_at is not None and expires_at <= timezone.now():
        errors["expires_at"] = gettext("Choose a time in the future.")
    if errors:
        raise ValidationError(errors)
    return fields


def _active(keys):
    return keys.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at__isnull=True
    )


def _check_number(owner_id: UUID) -> None:
    if _active(ApiKey.objects.filter(owner=owner_id)).count() >= KEYS_PER_USER:
        raise ValidationError(
            {
                "name": gettext(
                    "You have %(most)s keys already: revoke one that you no longer use."
                )
                % {"most": KEYS_PER_USER}
            }
        )


def _save_with_secret(key: ApiKey) -> str:
    body = secrets.token_urlsafe(32)
    secret = KEY_START + body
    key.prefix, key.digest = body[:PREFIX_LENGTH], digest_of(secret)
    key.access_master = access_keys.master_in_use()
    key.save(force_insert=True)
    return secret
