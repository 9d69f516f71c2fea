"""Secrets and signatures as https://www.standardwebhooks.com defines them."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def signature(secret: str, *, id: str, timestamp: int, body: str) -> str:
    """`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(secrets_: list[str], *, id: str, timestamp: int, body: str) -> dict[str, str]:
    """The headers of a message, with a signature for each secret: one valid signature is enough for
    the receiver."""
    signed = [signature(secret, id=id, timestamp=timestamp, body=body) for secret in secrets_]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }
