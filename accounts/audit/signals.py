"""Entries of what Django and allauth do: signing in and out, passwords and email addresses."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account import signals as allauth_signals
from allauth.account.authentication import get_authentication_records
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver

from .actions import Action
from .services import as_code, record

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
        by=[as_code(str(each)) for each in means if each],
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


def linked(request: Any, sociallogin: Any, **_kwargs: Any) -> None:
    account = sociallogin.user.pk
    by = as_code(str(sociallogin.account.provider))
    record(action=Action.LINKED, account=account, request=request, by=by)


def unlinked(request: Any, socialaccount: Any, **_kwargs: Any) -> None:
    account, by = socialaccount.user_id, as_code(str(socialaccount.provider))
    record(action=Action.UNLINKED, account=account, request=request, by=by)


def _connect_factors() -> None:
    """Second factors and passkeys."""
    from allauth.mfa import signals

    def of_factor(action: Action, detail: dict[str, Any]) -> Callable[..., None]:
        def noted(request: Any, user: Any, authenticator: Any = None, **_kwargs: Any) -> None:
            by = {"by": authenticator.type} if authenticator is not None else {}
            record(action=action, account=user.pk, request=request, **by, **detail)

        return noted

    for signal, action, detail in (
        (signals.authenticator_added, Action.FACTOR_ADDED, {}),
        (signals.authenticator_removed, Action.FACTOR_REMOVED, {}),
        (signals.authenticator_reset, Action.FACTOR_ADDED, {"how": "renewed"}),
        (signals.authentication_failed, Action.SIGN_IN_FAILED, {}),
    ):
        signal.connect(of_factor(action, detail), weak=False)


def _connect(signal: Signal, action: Action, detail: dict[str, Any]) -> None:
    def changed(request: Any, user: Any, **_kwargs: Any) -> None:
        record(action=action, account=user.pk, actor=user.pk, request=request, **detail)

    signal.connect(changed, weak=False)


for _signal, _action, _detail in CHANGES:
    _connect(_signal, _action, _detail)
if apps.is_installed("allauth.socialaccount"):
    from allauth.socialaccount import signals as social_signals

    social_signals.social_account_added.connect(linked)
    social_signals.social_account_removed.connect(unlinked)
if apps.is_installed("allauth.mfa"):
    _connect_factors()
