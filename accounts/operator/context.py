"""What every page may say about the site."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.mailing import NOT_SENT


def operator() -> dict[str, str]:
    """`name`, `contact` and, if that is an address to click on, `link`; empty where not set."""
    contact = settings.FACEVERIFY_OPERATOR_CONTACT
    return {"name": settings.FACEVERIFY_OPERATOR_NAME, "contact": contact, "link": _link(contact)}


def _link(contact: str) -> str:
    try:
        validate_email(contact)
        return f"mailto:{contact}"
    except ValidationError:
        pass
    try:
        URLValidator(schemes=["http", "https"])(contact)
        return contact
    except ValidationError:
        return ""


def _ask(name: str, contact: str, link: str) -> SafeString | str:
    """Whom to ask, in the middle of a sentence: "ask …"."""
    told = format_html('<a href="{}">{}</a>', link, contact) if link else contact
    if name and contact:
        return format_html("{} ({})", name, told)
    return name or told or gettext("whoever runs this site")


def site(request: HttpRequest) -> dict:
    """The context of every template."""
    operator_ = operator()
    return {
        "operator": operator_,
        "ask": _ask(**operator_),
        "sends_mail": settings.FACEVERIFY_SENDS_MAIL,
        "sign_up": settings.FACEVERIFY_SIGN_UP,
        "openid_name": settings.FACEVERIFY_OPENID_NAME if settings.FACEVERIFY_OPENID_ISSUER else "",
        # Called by the pages that would otherwise say that a mail is on its way.
        "mail_not_sent": lambda: request.session.pop(NOT_SENT, False),
    }
