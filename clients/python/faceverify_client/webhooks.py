"""Is a message of a webhook genuine? Signed as https://www.standardwebhooks.com defines it.

message = verify(secret, request.headers, request.body)
if message["type"] == "verification.completed":
    print(message["data"]["outcome"])
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from .errors import NotGenuine
from .results import Json

TOLERANCE = 300.0  # seconds that the sender's clock may differ; older messages may be replayed ones


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> Json:
    """The message, if it was signed with this secret and is not older than `tolerance` seconds.

    `secret` is what the server told once, `whsec_...`; `body` the bytes as they came. Names of
    headers may be in any case. Raises NotGenuine.
    """
    found = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in ("id", "timestamp", "signature") if f"webhook-{name}" not in found]
    if missing:
        raise NotGenuine(f"The header webhook-{missing[0]} is missing.")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise NotGenuine("The secret is not one of faceverify: it starts with whsec_.") from error
    stamp = found["webhook-timestamp"]
    if not stamp.isascii() or not stamp.isdigit():
        raise NotGenuine("The header webhook-timestamp is not a number.")
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance:
        raise NotGenuine("The message is too old, or from the future.")
    sent = body.encode() if isinstance(body, str) else body
    signed = b".".join((found["webhook-id"].encode(), stamp.encode(), sent))
    right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    # Two signatures for a day after a new secret was made.
    given = found["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(each.encode(), right.encode()) for each in given):
        raise NotGenuine(
            "The signature is another one: not from the server, or changed on its way."
        )
    message: Json = json.loads(sent)
    return message
