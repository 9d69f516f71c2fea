"""Signature Version 4, as https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html has it,
for signatures in the header `Authorization`.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from django.http import HttpRequest

from .errors import IncompleteSignature, InvalidSignature, MissingAuthenticationToken

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE, END = "rekognition", "aws4_request"
TIME = "%Y%m%dT%H%M%SZ"
TOLERANCE = timedelta(minutes=15)  # between the clocks
MUST_BE_SIGNED = ("host", "x-amz-date", "x-amz-target")

DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
CREDENTIAL = re.compile(
    r"([^/]+)/(\d{8})/([A-Za-z0-9-]{1,63})/([A-Za-z0-9-]{1,63})/([^/]+)", re.ASCII
)
NAMES = re.compile(r"[a-z0-9-]+(;[a-z0-9-]+)*", re.ASCII)
SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)

ABSENT = "The request has no signature: sign it with an access key."
UNREADABLE = "The Authorization header is not a Signature Version 4."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your secret "
    "access key, and that nothing between you and the server changes the body or the Host header."
)


@dataclass(frozen=True)
class Signed:
    """What a request says of its signature."""

    access_key_id: str
    at: datetime
    region: str
    service: str
    names: tuple[str, ...]  # of the signed header fields, as they were signed
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.at:%Y%m%d}/{self.region}/{self.service}/{END}"


def read(request: HttpRequest) -> Signed:
    """The request's signature, not yet checked. Raises MissingAuthenticationToken, IncompleteSignature,
    InvalidSignature where the day of the credential is not that of the request."""
    header = request.headers.get("Authorization", "").strip()
    if not header:
        raise MissingAuthenticationToken(ABSENT)
    algorithm, _, rest = header.partition(" ")
    given = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    credential = CREDENTIAL.fullmatch(given.get("Credential", ""))
    names, signature = given.get("SignedHeaders", ""), given.get("Signature", "")
    date = request.headers.get("X-Amz-Date", "")
    if not (
        algorithm == ALGORITHM
        and credential
        and credential[5] == END
        and NAMES.fullmatch(names)
        and SIGNATURE.fullmatch(signature)
        and DATE.fullmatch(date)
    ):
        raise IncompleteSignature(UNREADABLE)
    try:
        at = datetime.strptime(date, TIME).replace(tzinfo=UTC)
    except ValueError:  # a thirteenth month
        raise IncompleteSignature(UNREADABLE) from None
    if credential[2] != date[:8]:
        raise InvalidSignature("The day of the credential is not that of X-Amz-Date.")
    return Signed(
        credential[1], at, credential[3], credential[4], tuple(names.split(";")), signature
    )


def check(request: HttpRequest, signed: Signed, secret: str, body: bytes, now: datetime) -> None:
    """Raises InvalidSignature unless this secret signed this request, a moment ago."""
    if abs(signed.at - now) > TOLERANCE:
        raise InvalidSignature(
            f"Signature expired: {signed.at.strftime(TIME)} is too far from {now.strftime(TIME)}. Set the clock."
        )
    if signed.service != SERVICE:
        raise InvalidSignature(f"Credential should be scoped to the service {SERVICE!r}.")
    if missing := [name for name in MUST_BE_SIGNED if name not in signed.names]:
        raise InvalidSignature(f"These header fields have to be signed: {', '.join(missing)}.")
    key = _signing_key(secret, signed)
    digest = hashlib.sha256(body).hexdigest()  # of what came, whatever a header field says of it
    # Every path is tried, so that the time it takes tells nothing.
    fits = [
        hmac.compare_digest(_signature(key, signed, canonical), signed.signature)
        for canonical in _canonical(request, signed, digest)
    ]
    if not any(fits):
        raise InvalidSignature(MISMATCH)


def _signing_key(secret: str, signed: Signed) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in signed.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _signature(key: bytes, signed: Signed, canonical: str) -> str:
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, signed.at.strftime(TIME), signed.scope, hashed))
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _canonical(request: HttpRequest, signed: Signed, digest: str) -> Iterable[str]:
    """What the client may have signed, by each path that it may have sent the request to."""
    path, _, query = request.META.get("RAW_URI", request.get_full_path()).partition("?")
    # A proxy may have taken off the path below which the site is served.
    paths = {path, f"{request.META.get('SCRIPT_NAME', '')}{path}", request.path}
    paths |= {each.rstrip("/") or "/" for each in paths}
    fields = "".join(f"{name}:{_value(request, name)}\n" for name in signed.names)
    for each in sorted(paths):
        yield "\n".join(
            (
                str(request.method),
                quote(each, safe="/~"),
                _query(query),
                fields,
                ";".join(signed.names),
                digest,
            )
        )


def _value(request: HttpRequest, name: str) -> str:
    return " ".join(request.headers.get(name, "").split())


def _query(query: str) -> str:
    pairs = (part.partition("=")[::2] for part in query.split("&") if part)
    return "&".join(
        f"{name}={value}"
        for name, value in sorted(
            (quote(unquote(name), safe="~"), quote(unquote(value), safe="~"))
            for name, value in pairs
        )
    )
