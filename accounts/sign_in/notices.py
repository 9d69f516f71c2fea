"""Mails that tell an account's owner what was done with it."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context as current
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from ..models import User
from . import devices


class NoticesAdapter:
    """For allauth's account adapter: its notices, and ours, are sent once what they tell is
    stored."""

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        send = super().send_notification_mail  # type: ignore[misc]
        request = self.request  # type: ignore[attr-defined]
        transaction.on_commit(lambda: _send(send, request, *args, **options))

    def post_login(
        self, request: HttpRequest, user: User, *, signup: bool, **options: Any
    ) -> HttpResponse:
        """Tell of a sign-in in a browser or from a network that is new to the account."""
        response = super().post_login(  # type: ignore[misc]
            request, user, signup=signup, **options
        )
        device = devices.device_of(request, user.email)
        is_known = device is not None and device.epoch == user.session_epoch
        if not signup and not (is_known and devices.network_of(request) in device.networks):  # type: ignore[union-attr]
            self.send_notification_mail(
                "account/email/new_sign_in", user, {"is_known_browser": is_known}
            )
        devices.remember(request, response, email=user.email, epoch=user.session_epoch)
        return response


def tell_owner(mail: str, *, user: User, **context: Any) -> None:
    """Send a mail of templates/account/email, whether a page or a program did it."""
    if current.request is None:
        return  # a command of the operator's
    get_adapter().send_notification_mail(f"account/email/{mail}", user, context)


def _send(send, request: HttpRequest, *args: Any, **options: Any) -> None:
    """In the place of the request, which may have ended. A failure is dealt with in accounts/mailing.py."""
    with current.request_context(request):
        send(*args, **options)
