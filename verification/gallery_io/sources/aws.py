"""Requests to Amazon, signed with Signature Version 4
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "rekognition"


@dataclass(frozen=True)
class Credentials:
    """An access key; `token` is that of a temporary one."""

    id: str
    secret: str
    token: str = ""


def signed(
    address: str,
    body: bytes,
    headers: dict[str, str],
    *,
    credentials: Credentials,
    region: str,
    now: datetime | None = None,
) -> dict[str, str]:
    """The header fields of a POST to `address`/, signed."""
    at = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    fields = {name.lower(): value for name, value in headers.items()}
    fields |= {"host": urlsplit(address).netloc, "x-amz-date": at}
    if credentials.token:
        fields["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(fields))
    lines = [f"{name}:{' '.join(fields[name].split())}" for name in sorted(fields)]
    request = "\n".join(["POST", "/", "", *lines, "", names, hashlib.sha256(body).hexdigest()])
    scope = f"{at[:8]}/{region}/{SERVICE}/aws4_request"
    text = "\n".join([ALGORITHM, at, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    told = f"Credential={credentials.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return fields | {"authorization": f"{ALGORITHM} {told}"}
