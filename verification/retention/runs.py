"""The nightly run of the rules, a portion at a time."""

import time
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User

from ..jobs.errors import TRANSIENT_DATABASE_ERRORS
from .models import RetentionRun
from .receipts import receipt_add
from .rules import erase_portion, last_run_at, rules_of

TURN = 5.0  # seconds of one task before the queue's next one has its turn
KEPT = 30  # runs that are remembered

logger = structlog.get_logger(__name__)


def run_is_due() -> bool:
    """Whether the latest night's run is still to be finished."""
    return not RetentionRun.objects.filter(at=last_run_at(), finished_at__isnull=False).exists()


def run_rules(*, seconds: float = TURN, now: datetime | None = None) -> bool:
    """Go on with the latest night's run for some seconds; whether it is finished.

    A run of a night that was missed is not made up for: the next one erases what it left.
    """
    at = last_run_at(now)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if _portion(at):
            return True
    return False


def _portion(at: datetime) -> bool:
    """One transaction of the run; whether it is finished. A run that was cut off goes on here."""
    with transaction.atomic():
        run = _locked(at)
        if run.finished_at is not None:
            return True
        owner = _next_owner(run)
        if owner is None:
            run.finished_at = timezone.now()
            run.save(update_fields=["finished_at"])
            old = RetentionRun.objects.order_by("-at")[KEPT:]
            RetentionRun.objects.filter(pk__in=[each.pk for each in old]).delete()
            return True
        reason, counts = _erase(owner, at)
        told = run.counts.setdefault(reason, {}) if counts else {}
        for what, number in counts.items():
            told[what] = told.get(what, 0) + number
        if not counts:
            _finish_owner(run, owner)
        run.save(update_fields=["counts", "done_with"])
    return False


def _erase(owner: UUID, at: datetime) -> tuple[str, dict[str, int]]:
    """A portion. What cannot be erased of one owner's does not keep the others' from being erased:
    it is tried again the next night."""
    try:
        with transaction.atomic():
            return erase_portion(owner, at)
    except TRANSIENT_DATABASE_ERRORS:
        raise
    except Exception:
        logger.exception("retention_failed", owner=str(owner))
        return "", {}


def _finish_owner(run: RetentionRun, owner: UUID) -> None:
    days = {rule.kind.name: rule.days for rule in rules_of(owner) if rule.days is not None}
    for reason, counts in run.counts.items():
        logger.info("retention", reason=reason, **counts)
        receipt_add(owner_id=owner, reason=reason, counts=counts, details={"days": days})
    run.counts, run.done_with = {}, owner


def _next_owner(run: RetentionRun) -> UUID | None:
    owners = User.objects.order_by("pk")
    if run.done_with is not None:
        owners = owners.filter(pk__gt=run.done_with)
    return owners.values_list("pk", flat=True).first()


def _locked(at: datetime) -> RetentionRun:
    """The run, made if it is the first to ask for it, and locked: one process at a time goes on."""
    if not RetentionRun.objects.filter(at=at).exists():
        try:
            with transaction.atomic():
                RetentionRun.objects.create(at=at)
        except IntegrityError:
            pass  # another process was first
    return RetentionRun.objects.select_for_update().get(at=at)
