"""Which addresses a webhook may be sent to."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from .models import URL_LENGTH


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet: not private, loopback, link-local,
    shared, multicast, reserved or unspecified. An IPv6 address that stands for an IPv4 address
    (mapped, compatible, NAT64) counts as reserved; a 6to4 or Teredo one as that address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        return all(is_public(str(address)) for address in embedded if address is not None)
    return True


def check_url(url: str) -> str:
    """The URL as it will be used. Raises ValidationError for one that can never be."""
    url = url.strip()
    if not url or len(url) > URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        raise _wrong(f"Give an address of at most {URL_LENGTH} ASCII characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("This is not a web address.") from None
    private = settings.FACEVERIFY_WEBHOOK_PRIVATE
    if parts.scheme not in (("https", "http") if private else ("https",)):
        raise _wrong("The address has to start with https://")
    if not parts.hostname or port == 0:
        raise _wrong("The address has no host name.")
    if parts.username is not None or parts.password is not None:
        raise _wrong("Leave user name and password out of the address: requests are signed.")
    if parts.fragment:
        raise _wrong("Leave out the # and what follows it.")
    if not private and _is_ip(parts.hostname) and not is_public(parts.hostname):
        raise _wrong("This address is not on the open Internet.")
    if not private and f".{parts.hostname}".rstrip(".").endswith((".localhost", ".local")):
        raise _wrong("This address is not on the open Internet.")
    return url


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _wrong(detail: str) -> ValidationError:
    return ValidationError({"url": detail})
