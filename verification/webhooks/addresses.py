"""Which addresses a webhook may be sent to."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from ..outbound.addresses import is_ip, is_public
from .models import URL_LENGTH


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
    if not private and is_ip(parts.hostname) and not is_public(parts.hostname):
        raise _wrong(gettext("This address is not on the open Internet."))
    if not private and f".{parts.hostname}".rstrip(".").endswith((".localhost", ".local")):
        raise _wrong(gettext("This address is not on the open Internet."))
    return url


def _wrong(detail: str) -> ValidationError:
    return ValidationError({"url": detail})
