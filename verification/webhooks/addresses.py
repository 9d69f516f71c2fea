"""Which addresses a webhook may be sent to."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from .models import URL_LENGTH

# Of the IANA registries of special-purpose addresses, what not every version of Python knows.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
SPECIAL_V4 = [ipaddress.ip_network(block) for block in ("192.0.0.0/24", "192.88.99.0/24")]
SPECIAL_V6 = [
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet: not private, loopback, link-local,
    shared, multicast, reserved, for documentation or unspecified.

    Of IPv6 only what is given out to hosts counts (2000::/3), less the blocks in it with a special
    purpose. So an address that stands for an IPv4 address (mapped, NAT64, 6to4, Teredo) never does.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    special = SPECIAL_V4 if ip.version == 4 else SPECIAL_V6
    return (ip.version == 4 or ip in GLOBAL_UNICAST) and not any(ip in block for block in special)


def check_url(url: str) -> str:
    """The URL as it will be used. Raises ValidationError for one that can never be."""
    url = url.strip()
    if not url or len(url) > URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        raise _wrong(
            gettext("Give an address of at most %(length)s ASCII characters.")
            % {"length": URL_LENGTH}
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong(gettext("This is not a web address.")) from None
    private = settings.FACEVERIFY_WEBHOOK_PRIVATE
    if parts.scheme not in (("https", "http") if private else ("https",)):
        raise _wrong(gettext("The address has to start with https://"))
    if not parts.hostname or port == 0:
        raise _wrong(gettext("The address has no host name."))
    if parts.username is not None or parts.password is not None:
        raise _wrong(
            gettext("Leave user name and password out of the address: requests are signed.")
        )
    if parts.fragment:
        raise _wrong(gettext("Leave out the # and what follows it."))
    if not private and _is_ip(parts.hostname) and not is_public(parts.hostname):
        raise _wrong(gettext("This address is not on the open Internet."))
    if not private and f".{parts.hostname}".rstrip(".").endswith((".localhost", ".local")):
        raise _wrong(gettext("This address is not on the open Internet."))
    return url


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _wrong(detail: str) -> ValidationError:
    return ValidationError({"url": detail})
