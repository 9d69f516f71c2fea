"""Short secrets of accounts at rest, encrypted with the keys that encrypt the photos."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """A stored secret cannot be decrypted with any of the configured keys."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    return _cipher(tuple(settings.FACEVERIFY_FILE_KEYS))


def encrypt(text: str) -> str:
    """With the first of FACEVERIFY_FILE_KEYS."""
    return _current().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """With any of FACEVERIFY_FILE_KEYS. Raises SecretUnreadable."""
    try:
        return _current().decrypt(token.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise SecretUnreadable("A secret cannot be decrypted with the configured keys.") from None


def is_newest(token: str) -> bool:
    """Whether the first key encrypted it."""
    try:
        _cipher((settings.FACEVERIFY_FILE_KEYS[0],)).decrypt(token.encode())
    except (InvalidToken, UnicodeError):
        return False
    return True
