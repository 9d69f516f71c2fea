"""Embeddings as they are stored in the database."""

import numpy as np
from cryptography.fernet import InvalidToken

from ..photos.storage import FileUnreadable, cipher


def encrypt_embedding(embedding: np.ndarray) -> bytes:
    """A float (d,) as it is stored: float32, encrypted with the keys of the files."""
    return cipher().encrypt(np.asarray(embedding, "<f4").tobytes())


def decrypt_embedding(stored: bytes | memoryview) -> np.ndarray:
    """What `encrypt_embedding` gave, float32 (d,). Raises FileUnreadable."""
    try:
        return np.frombuffer(cipher().decrypt(bytes(stored)), "<f4")
    except InvalidToken:
        raise FileUnreadable("An embedding does not open with the configured keys.") from None
