"""Browsers in which an account was signed in to before, known by a cookie.

The cookie holds, for up to `ACCOUNTS` accounts, a random name of this browser and a few networks from
which it signed in. It is signed, says nothing that can be read about whose account it is, and signs
nobody in: whoever steals it may only guess the password at a rate of its own.
"""

import secrets
from dataclasses import asdict, dataclass, field

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "faceverify_device"
SALT = "accounts.sign_in.devices"
LIFETIME = 365 * 24 * 3600  # seconds
ACCOUNTS, NETWORKS = 4, 8  # kept in a cookie: the last ones


@dataclass
class Device:
    """This browser, as far as one account is concerned."""

    name: str
    networks: list[str] = field(default_factory=list)
    epoch: int = 0  # of the user's sessions: after “sign out everywhere” a browser is new again


def device_of(request: HttpRequest, email: str) -> Device | None:
    """The browser that sent the request, if the account with this address was signed in to in it."""
    entry = _read(request).get(_mark(email))
    return Device(**entry) if entry else None


def network_of(request: HttpRequest) -> str:
    """The network from which a request came, so that it can be recognised but not read."""
    return _digest("network", get_ip(request))


def remember(request: HttpRequest, response: HttpResponse, *, email: str, epoch: int) -> None:
    """Let the answer to a sign-in make this browser known."""
    entries, mark = _read(request), _mark(email)
    device = device_of(request, email) or Device(name=secrets.token_urlsafe(9))
    if device.epoch != epoch:
        device = Device(name=device.name, epoch=epoch)
    network = network_of(request)
    others = [each for each in device.networks if each != network]
    device.networks = [*others, network][-NETWORKS:]
    entries.pop(mark, None)
    entries[mark] = asdict(device)
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(list(entries.items())[-ACCOUNTS:]), salt=SALT),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return {}


def _mark(email: str) -> str:
    return _digest("account", email.lower())


def _digest(kind: str, text: str) -> str:
    """Keyed, so that nobody can try addresses against it."""
    return salted_hmac(f"{SALT}.{kind}", text, algorithm="sha256").hexdigest()[:16]
