"""What staff can do. Every act is logged with who did it, to what."""

from uuid import UUID

import structlog
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from verification.jobs.models import FAILED, Job
from verification.jobs.services import ActionNotAllowed, run_again
from verification.models import Delivery
from verification.webhooks.services import delivery_resend

logger = structlog.get_logger(__name__)

AT_ONCE = 1000


class NotForOneself(ActionNotAllowed):
    """Staff cannot lock themselves out."""


def user_set_active(*, staff: User, user: User, active: bool) -> None:
    """Let somebody in again, or keep them out: they are signed out, and their keys do not work.
    Raises NotForOneself."""
    if staff.pk == user.pk:
        raise NotForOneself("You cannot deactivate your own account.")
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=active)
        if not active:
            sign_out(user)
    _log("user_activated" if active else "user_deactivated", staff, user.pk)


def user_set_staff(*, staff: User, user: User, is_staff: bool) -> None:
    """Make somebody one of the staff, or no longer. Raises NotForOneself."""
    if staff.pk == user.pk:
        raise NotForOneself("You cannot take the console from yourself: ask another of the staff.")
    User.objects.filter(pk=user.pk).update(is_staff=is_staff, is_superuser=is_staff)
    _log("staff_granted" if is_staff else "staff_taken", staff, user.pk)


def user_sign_out(*, staff: User, user: User) -> int:
    """End all sessions of an account; their number."""
    ended = sign_out(user)
    _log("user_signed_out", staff, user.pk)
    return ended


def sign_out(user: User) -> int:
    """End all sessions of an account; their number. Sessions are not stored by user: all are read."""
    theirs = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)


def job_try_again(*, staff: User, model: type[Job], pk: UUID) -> bool:
    """Have a failed row carried out again; False when it has not failed, or is gone."""
    row = model._default_manager.filter(pk=pk).first()
    if row is None or row.state != FAILED:
        return False
    try:
        if isinstance(row, Delivery):
            delivery_resend(delivery=row)
        else:
            run_again(row, FAILED)
    except ActionNotAllowed:
        return False
    _log("job_tried_again", staff, pk)
    return True


def jobs_try_again(*, staff: User, model: type[Job], code: str) -> int:
    """The same for the failed rows with a code, at most AT_ONCE of them; how many there were."""
    rows = model._default_manager.filter(state=FAILED, failure_code=code).order_by("finished_at")
    ids = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    return sum(job_try_again(staff=staff, model=model, pk=pk) for pk in ids)


def _log(action: str, staff: User, pk: UUID) -> None:
    logger.info("console", action=action, staff=str(staff.pk), object=str(pk))
