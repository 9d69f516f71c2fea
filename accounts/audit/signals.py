"""Entries of what Django and allauth do: signing in and out, passwords and e-mail addresses."""

from typing import Any
from uuid import UUID

from allauth.account import signals as allauth_signals
from allauth.account.authentication import get_authentication_records
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver

from .actions import Action
from .services import record

# What changes of an account, by the signal that tells it.
CHANGES: tuple[tuple[Signal, Action, dict[str, Any]], ...] = (
    (allauth_signals.user_signed_up, Action.SIGN_UP, {}),
    (allauth_signals.password_set, Action.PASSWORD, {}),
    (allauth_signals.password_changed, Action.PASSWORD, {}),
    (allauth_signals.password_reset, Action.PASSWORD_RESET, {}),
    (allauth_signals.email_added, Action.EMAIL, {"how": "added"}),
    (allauth_signals.email_removed, Action.EMAIL, {"how": "removed"}),
    (allauth_signals.email_changed, Action.EMAIL, {"how": "chosen"}),
)


@receiver(user_logged_in)
def signed_in(request: Any, user: Any, **_kwargs: Any) -> None:
    """`by` names the means: password, code, totp, webauthn, the provider of another sign-in."""
    records = get_authentication_records(request, user) if hasattr(request, "session") else []
    means = [each.get("type") or each.get("provider") or each.get("method") for each in records]
    record(
        action=Action.SIGN_IN,
        account=user.pk,
        actor=user.pk,
        request=request,
        by=[str(each).lower() for each in means if each],
    )


@receiver(user_logged_out)
def signed_out(request: Any, user: Any, **_kwargs: Any) -> None:
    if user is not None and user.pk:
        record(action=Action.SIGN_OUT, account=user.pk, actor=user.pk, request=request)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: Any = None, **_kwargs: Any) -> None:
    """In the log of the account that was tried, if there is one. The address that was typed is not kept."""
    email = credentials.get("email") or credentials.get("username") or ""
    account: UUID | None = (
        get_user_model().objects.filter(email__iexact=email).values_list("pk", flat=True).first()
    )
    record(action=Action.SIGN_IN_FAILED, account=account, request=request, by="password")


@receiver(allauth_signals.email_confirmed)
def confirmed(request: Any, email_address: Any, **_kwargs: Any) -> None:
    record(action=Action.EMAIL_CONFIRMED, account=email_address.user_id, request=request)


def _connect(signal: Signal, action: Action, detail: dict[str, Any]) -> None:
    def changed(request: Any, user: Any, **_kwargs: Any) -> None:
        record(action=action, account=user.pk, actor=user.pk, request=request, **detail)

    signal.connect(changed, weak=False)


for _signal, _action, _detail in CHANGES:
    _connect(_signal, _action, _detail)
