"""What every page may say about the site."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.http import HttpRequest

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


def site(request: HttpRequest) -> dict:
    """The context of every template."""
    return {
        "operator": operator(),
        "sends_mail": settings.FACEVERIFY_SENDS_MAIL,
        "sign_up": settings.FACEVERIFY_SIGN_UP,
        "openid_name": settings.FACEVERIFY_OPENID_NAME if settings.FACEVERIFY_OPENID_ISSUER else "",
        # Called by the pages that would otherwise say that a mail is on its way.
        "mail_not_sent": lambda: request.session.pop(NOT_SENT, False),
    }
