"""Access keys for clients of Amazon Rekognition, which sign requests instead of sending a secret.

Of an API key only the hash is stored, and a signature can be checked only with the secret itself. So
each key has a second secret, which is derived whenever it is needed from a master key of the server
and the id of the key. It is shown once, and it ends with the key.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from .models import ApiKey

START = "FV"
ID_LENGTH = 28  # START, and 16 bytes in base32
SECRET_LENGTH = 40  # as those of AWS; 240 bits
NAME_LENGTH = 12


@dataclass(frozen=True)
class AccessKey:
    """What a client of AWS signs with."""

    id: str
    secret: str = field(repr=False)


def master_in_use() -> str:
    """The name of the master key for new API keys; empty where the interface is switched off."""
    if not settings.FACEVERIFY_REKOGNITION:
        return ""
    return name_of(settings.FACEVERIFY_REKOGNITION_KEYS[0])


def name_of(master: str) -> str:
    """What is stored of a master key with each API key: it tells nothing of the key."""
    return hashlib.sha256(f"rekognition name:{master}".encode()).hexdigest()[:NAME_LENGTH]


def pair_of(key: ApiKey) -> AccessKey | None:
    """A key's access key; None if it has none, or its master key is gone, or the interface is off."""
    masters = {name_of(master): master for master in settings.FACEVERIFY_REKOGNITION_KEYS}
    master = masters.get(key.access_master)
    if master is None or not settings.FACEVERIFY_REKOGNITION:
        return None
    id = START + base64.b32encode(key.pk.bytes).decode().rstrip("=")
    mac = hmac.digest(_derived(master), f"rekognition:1:{id}".encode(), "sha256")
    return AccessKey(id, base64.urlsafe_b64encode(mac).decode()[:SECRET_LENGTH])


def api_key_by_access_id(id: str) -> ApiKey | None:
    """The active key with this access key id, with its owner; None if there is none."""
    if len(id) != ID_LENGTH or not id.startswith(START):
        return None
    try:
        pk = UUID(bytes=base64.b32decode(id.removeprefix(START) + "======"))
    except ValueError:
        return None
    key = next(iter(ApiKey.objects.select_related("owner").filter(pk=pk).order_by()), None)
    return key if key is not None and key.is_active and key.owner.is_active else None


@lru_cache(maxsize=16)
def _derived(master: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"faceverify access keys").derive(master.encode())
