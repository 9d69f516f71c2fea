"""Sending mail in a request without losing the request over it.

A mail is sent while its user waits, for the page has to say whether it was sent; through the queue,
links that set a password would lie there in plain text. That a mail server which does not answer
cannot hold all threads of the web process, three things see to: a time-out (EMAIL_TIMEOUT), few
mails at a time, and a pause after a failure.
"""

import threading
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.utils.translation import gettext

from .links import absolute

logger = structlog.get_logger(__name__)

PAUSE_SECONDS = 30
_at_a_time = threading.BoundedSemaphore(3)
_PAUSED = "mail-server-failed"
# Mails that somebody waits for; others tell of something that has already happened.
AWAITED = ("password_reset_key", "unknown_account", "email_confirmation", "account_already_exists", "login_code")  # fmt: skip
NOT_SENT = "mail_not_sent"  # in the session: the next page must not say that a mail was sent


class MailingAdapter:
    """For allauth's account adapter."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> bool:
        """Whether the mail was handed to the mail server. Without one, nothing is tried."""
        if not settings.FACEVERIFY_SENDS_MAIL:
            return False
        sent = self._try(template_prefix, email, context)
        if template_prefix.rpartition("/")[2].startswith(AWAITED):
            _remember(sent, email)
        return sent

    def _try(self, template_prefix: str, email: str, values: dict[str, Any]) -> bool:
        if cache.get(_PAUSED) or not _at_a_time.acquire(blocking=False):
            return False
        try:
            self._compose(template_prefix, email, values).send()
        except OSError as error:  # SMTPException is one
            if not isinstance(error, (SMTPResponseException, SMTPRecipientsRefused)):
                cache.set(_PAUSED, True, PAUSE_SECONDS)  # not an answer to this mail
            logger.warning("mail_not_sent", error=type(error).__name__)
            return False
        finally:
            _at_a_time.release()
        return True

    def _compose(self, template_prefix: str, email: str, values: dict[str, Any]) -> EmailMessage:
        """As allauth does, also for what is not part of a request."""
        site = SimpleNamespace(domain=urlsplit(absolute("/")).netloc)
        known = {"request": context.request, "email": email, "current_site": site}
        return self.render_mail(  # type: ignore[attr-defined]
            template_prefix, email, known | values
        )

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        """All messages but that a mail was sent, if none was."""
        claims = message_template == "account/messages/email_confirmation_sent.txt"
        if claims and (not settings.FACEVERIFY_SENDS_MAIL or request.session.get(NOT_SENT)):
            return
        super().add_message(  # type: ignore[misc]
            request, level, message_template, *args, **kwargs
        )


def _remember(sent: bool, email: str) -> None:
    request = context.request
    if request is None:
        return
    if sent:
        request.session.pop(NOT_SENT, None)
        return
    # A mail that was not sent does not count; otherwise the next try would be dropped without a word.
    ratelimit.clear(request, app="allauth.account", action="confirm_email", key=email.lower())
    request.session[NOT_SENT] = True
    messages.error(
        request,
        gettext("The email could not be sent. Try again in a minute, or ask who runs this site."),
    )
