"""Who is acting: the request under way, its user or API key, and its address."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WHOLE, TRUNCATED, NONE = "whole", "truncated", "none"
KEPT_BITS = {4: 24, 6: 48}  # of a truncated address


@dataclass
class Acting:
    """A request under way."""

    request: HttpRequest | Request
    key: UUID | None = None  # of the API key, once it has signed in
    program_of: UUID | None = None  # whose key it is
    # Whose things besides the user's own were read: galleries are shared.
    owners: set[UUID] = field(default_factory=set)

    @property
    def user(self) -> UUID | None:
        if self.program_of:
            return self.program_of
        user = getattr(self.request, "user", None)
        return user.pk if user is not None and user.is_authenticated else None


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """None outside of requests: in a worker, in a command."""
    return _current.get()


@contextmanager
def acting_in(request: HttpRequest) -> Iterator[None]:
    token = _current.set(Acting(request))
    try:
        yield
    finally:
        _current.reset(token)


def signed_in_by_key(*, key: UUID, owner: UUID) -> None:
    if acting := current():
        acting.key, acting.program_of = key, owner


def belongs_to(owner: UUID) -> None:
    """Something of this account's was read for the request under way. If the answer shows it, the log
    of that account says so too."""
    if acting := current():
        acting.owners.add(owner)


def address_of(request: HttpRequest | Request) -> str | None:
    """The address a request came from, behind the proxies that the settings trust."""
    try:
        return str(ipaddress.ip_address(BaseThrottle().get_ident(request)))  # type: ignore[arg-type]
    except ValueError:  # a Unix socket has no address
        return None


def logged_address(request: HttpRequest | Request) -> str:
    """As much of the address as FACEVERIFY_AUDIT_ADDRESS lets the log keep."""
    address = address_of(request)
    if address is None or settings.FACEVERIFY_AUDIT_ADDRESS == NONE:
        return ""
    if settings.FACEVERIFY_AUDIT_ADDRESS == WHOLE:
        return address
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{KEPT_BITS[ip.version]}", strict=False))


def request_id() -> str:
    return structlog.contextvars.get_contextvars().get("request_id", "")
