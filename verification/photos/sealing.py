"""How the keys of FACEVERIFY_FILE_KEYS seal what is stored: AES-256-GCM, of which a single changed bit
is noticed.

Each configured key is 32 random bytes. HKDF makes an id of it and two keys, one for small values in
the database and one for the data keys of files, see sealed_files.py. What earlier versions encrypted
with Fernet is read with the same configured keys.
"""

import base64
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ID_BYTES, NONCE_BYTES, TAG_BYTES = 8, 12, 16
VALUE_MARK = b"\x01fv"  # no Fernet token begins like this: they are base64


class FileUnreadable(Exception):
    """Something stored cannot be decrypted with any of the keys, or was changed."""


@dataclass(frozen=True)
class Key:
    """One of the configured keys. `id` tells it from the others and says nothing of it."""

    text: str

    @cached_property
    def fernet(self) -> Fernet:
        return Fernet(self.text)  # ValueError: not 32 bytes in URL-safe base64

    @cached_property
    def id(self) -> bytes:
        return self._derived(b"id", ID_BYTES)

    @cached_property
    def files(self) -> AESGCM:
        """Wraps the data keys of files."""
        return AESGCM(self._derived(b"files", 32))

    @cached_property
    def values(self) -> AESGCM:
        return AESGCM(self._derived(b"values", 32))

    def mac(self, data: bytes) -> bytes:
        """Proof that whoever has this key has written `data`, 32 bytes."""
        made = HMAC(self._derived(b"mac", 32), SHA256())
        made.update(data)
        return made.finalize()

    def _derived(self, purpose: bytes, length: int) -> bytes:
        assert self.fernet
        hkdf = HKDF(SHA256(), length, salt=None, info=b"faceverify at rest, 1: " + purpose)
        return hkdf.derive(base64.urlsafe_b64decode(self.text))


class Keyring:
    """The configured keys, newest first: the first seals, all open.

    Raises ValueError where it needs a key that is none, see verification.photos.checks.
    """

    def __init__(self, texts: tuple[str, ...]):
        self.keys = tuple(map(Key, texts))

    @property
    def newest(self) -> Key:
        return self.keys[0]

    @cached_property
    def _fernets(self) -> MultiFernet:
        return MultiFernet([key.fernet for key in self.keys])

    def encrypt(self, value: bytes, bound_to: bytes = b"") -> bytes:
        """A value for a column of the database, which opens only as what it is `bound_to`."""
        key, nonce = self.newest, os.urandom(NONCE_BYTES)
        head = VALUE_MARK + key.id
        return head + nonce + key.values.encrypt(nonce, value, head + bound_to)

    def decrypt(self, stored: bytes, bound_to: bytes = b"") -> bytes:
        """What `encrypt`, or Fernet in earlier versions, was given. Raises InvalidToken."""
        if not stored.startswith(VALUE_MARK):
            return self.decrypt_fernet(stored)
        at = len(VALUE_MARK) + ID_BYTES
        head, nonce, rest = stored[:at], stored[at : at + NONCE_BYTES], stored[at + NONCE_BYTES :]
        for key in self.with_id(head[-ID_BYTES:]):
            try:
                return key.values.decrypt(nonce, rest, head + bound_to)
            except (InvalidTag, ValueError):  # ValueError: it was cut off
                break
        raise InvalidToken

    def decrypt_fernet(self, token: bytes) -> bytes:
        """Raises InvalidToken."""
        return self._fernets.decrypt(token)

    def is_newest(self, stored: bytes) -> bool:
        """Whether a value is sealed with the newest key, so that it needs no other."""
        return stored.startswith(VALUE_MARK + self.newest.id)

    def with_id(self, id: bytes) -> list[Key]:
        return [key for key in self.keys if key.id == id]


@lru_cache(maxsize=4)
def _keyring(texts: tuple[str, ...]) -> Keyring:
    return Keyring(texts)


def cipher() -> Keyring:
    """Seals with the first of FACEVERIFY_FILE_KEYS, opens with any of them."""
    return _keyring(tuple(settings.FACEVERIFY_FILE_KEYS))
