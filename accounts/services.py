"""Writes to accounts."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from .models import ApiKey, User

KEY_START = "fv_"
PREFIX_LENGTH = 8
KEYS_PER_USER = 50
LAST_USED_PRECISION = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """What is stored of a key: SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def api_key_create(
    *, owner: User, name: str, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key and its secret `fv_...`, which is never to be seen again.

    Raises ValidationError (a dict by field) for a bad name, an expiry in the past, or too many keys.
    """
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": "Give the key a name, so that you can tell it from others."})
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": "Choose a time in the future."})
    if ApiKey.objects.filter(owner=owner, revoked_at=None).count() >= KEYS_PER_USER:
        raise ValidationError(
            {"name": f"You have {KEYS_PER_USER} keys already: revoke one that you no longer use."}
        )
    body = secrets.token_urlsafe(32)
    secret = KEY_START + body
    key = ApiKey(
        owner=owner,
        name=name,
        prefix=body[:PREFIX_LENGTH],
        digest=digest_of(secret),
        expires_at=expires_at,
    )
    key.full_clean()
    key.save(force_insert=True)
    return key, secret


def api_key_revoke(*, key: ApiKey) -> ApiKey:
    """End a key now and for good; revoking it again keeps the first time."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db()
    return key


def api_key_touch(*, key: ApiKey) -> None:
    """Note that a key was used: to the minute, so that a busy program does not write each time."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_PRECISION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
