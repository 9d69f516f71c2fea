"""Sealing bytes with a key that only this server has: HMAC-SHA-256."""

import hashlib
import hmac
import os

from ..photos.sealing import cipher
from .models import ReportKey

KEY_BYTES = 32
NAME_LENGTH = 12
BLANK = "0" * 64  # as long as a seal


class KeyUnknown(Exception):
    """This server does not have the key of a seal."""


def key_in_use() -> ReportKey:
    """The key that seals new reports, made at the first one. Two processes may each make one at the
    same moment: both stay good."""
    key = ReportKey.objects.first()
    if key is None:
        secret = os.urandom(KEY_BYTES)
        name = hashlib.sha256(secret).hexdigest()[:NAME_LENGTH]
        key = ReportKey.objects.create(name=name, secret=cipher().encrypt(secret))
    return key


def seal(data: bytes, key: ReportKey) -> str:
    """64 hexadecimal digits. Raises InvalidToken if no file key opens the key."""
    return hmac.new(cipher().decrypt(bytes(key.secret)), data, "sha256").hexdigest()


def fits(seal_told: str, data: bytes, key_name: str) -> bool:
    """Whether the seal is the one that this server's key makes of `data`. Raises KeyUnknown."""
    key = ReportKey.objects.filter(name=key_name).first()
    if key is None:
        raise KeyUnknown
    return hmac.compare_digest(seal_told.encode(), seal(data, key).encode())
