"""What staff can do. Every act is in the audit log: of the account it concerns, and of whoever did it."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from accounts.administrators import administrator_make
from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.links import password_link
from accounts.models import User
from accounts.services import quota_set
from accounts.sessions.services import sessions_end_all
from verification.jobs.models import FAILED, Job
from verification.jobs.services import ActionNotAllowed, run_again
from verification.models import Delivery
from verification.webhooks.services import delivery_resend

AT_ONCE = 1000


class NotForOneself(ActionNotAllowed):
    """Staff cannot lock themselves out."""


def user_set_active(*, staff: User, user: User, active: bool) -> None:
    """Let somebody in again, or keep them out: they are signed out, and their keys do not work.
    Raises NotForOneself."""
    if staff.pk == user.pk:
        raise NotForOneself(gettext("You cannot deactivate your own account."))
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=active)
        if not active:
            sessions_end_all(user=user)
        _record(user, "activated" if active else "deactivated")


def user_set_staff(*, staff: User, user: User, is_staff: bool) -> None:
    """Give somebody the console, or take it away. Raises NotForOneself."""
    if staff.pk == user.pk:
        raise NotForOneself(
            gettext("You cannot take the console from yourself: ask another of the staff.")
        )
    with transaction.atomic():
        if is_staff:
            administrator_make(user=user)
        else:
            User.objects.filter(pk=user.pk).update(is_staff=False, is_superuser=False)
            _record(user, "console_taken")


def user_sign_out(*, user: User) -> None:
    """End all sessions of an account."""
    with transaction.atomic():
        sessions_end_all(user=user)
        _record(user, "signed_out")


def user_set_quota(*, user: User, megabytes: int | None) -> None:
    """How much the account may store, in MB; 0: as much as there is, None: what the setting says."""
    with transaction.atomic():
        quota_set(user=user, megabytes=megabytes)
        limit = "the_setting" if megabytes is None else megabytes
        record(action=Action.STAFF, account=user.pk, object=user, what="quota_set", megabytes=limit)


def user_password_link(*, user: User) -> str:
    """A link with which the user chooses a new password, once."""
    _record(user, "password_link_made")
    return password_link(user)


def job_try_again(*, model: type[Job], pk: UUID) -> bool:
    """Have a failed row carried out again; False when it has not failed, or is gone."""
    row = model._default_manager.filter(pk=pk).first()
    if row is None or row.state != FAILED:
        return False
    try:
        with transaction.atomic():
            if isinstance(row, Delivery):
                delivery_resend(delivery=row)
            else:
                run_again(row, FAILED)
            record(action=Action.STAFF, object=row, what="tried_again")
    except ActionNotAllowed:
        return False
    return True


def jobs_try_again(*, model: type[Job], code: str) -> int:
    """The same for the failed rows with a code, at most AT_ONCE of them; how many there were."""
    rows = model._default_manager.filter(state=FAILED, failure_code=code).order_by("finished_at")
    ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    return sum(job_try_again(model=model, pk=pk) for pk in ids)


def _record(user: User, what: str) -> None:
    record(action=Action.STAFF, account=user.pk, object=user, what=what)
