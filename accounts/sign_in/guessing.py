"""How often somebody may guess a password, so that guessing is slow and nobody is locked out by others.

Failed sign-ins are counted by

- account and browser, where the browser is known to the account (devices.py), and nothing else: whoever
  signed in here before is not held up by what others try, not even by those who share the address;
- else account and address, and the address alone: who guesses is stopped, at one account and across all,
  while the right password still signs in from anywhere else.

Nothing is counted by account alone, since anybody could use that up. An IPv6 address counts as its /64.
Whoever commands many addresses gets as many tries as they have addresses, which is why guessable
passwords are refused (accounts/passwords.py) and there are second factors. A success gives its own try
back, and no others: guessing cannot be hidden between sign-ins to one's own account.
"""

from typing import Any

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from . import devices

APP = "allauth.account"


class GuessingAdapter:
    """For allauth's account adapter."""

    _login_failed_rl_usage: Any

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._login_failed_rl_usage = ratelimit.consume(
            request, app=APP, **_counted_by(request, credentials)
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")  # type: ignore[attr-defined]

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """After a new password, which took a link of a mail: forget what this browser tried."""
        ratelimit.clear(request, app=APP, **_counted_by(request, credentials))


def _counted_by(request: HttpRequest, credentials: dict[str, Any]) -> dict[str, str]:
    email = str(credentials.get("email") or credentials.get("username") or "").lower()
    device = devices.device_of(request, email)
    if device is not None:
        return {"action": "login_failed_known", "key": f"{email}:{device.name}"}
    return {"action": "login_failed", "key": f"{email}:{ratelimit.get_ip(request)}"}
