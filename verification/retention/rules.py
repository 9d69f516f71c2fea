"""The rules in force for an owner: the server's limits, and what the owner has shortened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from accounts.owner_lock import owner_locked

from .kinds import KINDS, RetentionKind
from .models import RetentionRule
from .words import phrase

MOST_DAYS = 36_500
SHOWN = 20  # things that a page names of those that are due


@dataclass(frozen=True)
class Rule:
    """What holds for one kind: `days` of an owner, at most the server's `limit`; None: for ever.
    `own` is what the owner has set, which may be more than a limit that was lowered since."""

    kind: RetentionKind
    limit: int | None
    own: int | None

    @property
    def days(self) -> int | None:
        given = [days for days in (self.limit, self.own) if days is not None]
        return min(given, default=None)

    def before(self, at: datetime) -> datetime | None:
        """Due at that moment is what ended before this one."""
        return None if self.days is None else at - timedelta(days=self.days)


@dataclass(frozen=True)
class Due:
    """What the next run erases of one kind: how many, and the first of them."""

    rule: Rule
    count: int
    first: list[Any]

    @property
    def words(self) -> str:
        return phrase(self.rule.kind.counted, self.count)


def rules_of(owner_id: UUID) -> list[Rule]:
    """The rules of every kind, in the order in which they are carried out."""
    own = dict(RetentionRule.objects.filter(owner=owner_id).values_list("kind", "days"))
    limits = settings.FACEVERIFY_KEEP_DAYS
    return [Rule(kind, limits[name], own.get(name)) for name, kind in KINDS.items()]


def rules_set(*, owner: User, days: Mapping[str, int | None]) -> list[Rule]:
    """Set the owner's days of these kinds; None: as the server says.

    Raises ValidationError, a dict by kind, for more days than the server allows.
    """
    errors: dict[str, str] = {}
    for name, number in days.items():
        limit = settings.FACEVERIFY_KEEP_DAYS.get(name)
        if name not in KINDS:
            errors[name] = gettext("There is no such kind. Use %(kinds)s.") % {
                "kinds": ", ".join(KINDS)
            }
        elif number is not None and not 1 <= number <= (limit or MOST_DAYS):
            errors[name] = gettext("Give a whole number of days from 1 to %(most)s.") % {
                "most": limit or MOST_DAYS
            }
    if errors:
        raise ValidationError(errors)
    with owner_locked(owner.pk):
        for name, number in days.items():
            if number is None:
                RetentionRule.objects.filter(owner=owner, kind=name).delete()
            else:
                RetentionRule.objects.update_or_create(
                    owner=owner, kind=name, defaults={"days": number}
                )
        record(action=Action.SETTINGS, account=owner.pk, what="retention")
    return rules_of(owner.pk)


def last_run_at(now: datetime | None = None) -> datetime:
    """The moment of the latest night's run: today's hour, or yesterday's before it."""
    now = (now or timezone.now()).astimezone(UTC)
    today = now.replace(hour=settings.FACEVERIFY_RETENTION_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def next_run_at(now: datetime | None = None) -> datetime:
    return last_run_at(now) + timedelta(days=1)


def due_of(*, owner: User, at: datetime | None = None) -> list[Due]:
    """What the next run will erase, or a run at that moment would: kinds without anything are left
    out. Rows that a rule further up takes whole are counted by each rule that they meet."""
    at = at or next_run_at()
    due = []
    for rule in rules_of(owner.pk):
        before = rule.before(at)
        if before is None:
            continue
        rows = rule.kind.due(owner.pk, before)
        if first := list(rows[:SHOWN]):
            due.append(Due(rule, rows.count(), first))
    return due


def erase_portion(owner_id: UUID, at: datetime) -> tuple[str, dict[str, int]]:
    """Erase a portion of what was due at that moment of the owner's, in one transaction: the reason
    and what, as in words.COUNTED; nothing when nothing is left."""
    for rule in rules_of(owner_id):
        before = rule.before(at)
        if before is None:
            continue
        with transaction.atomic():
            rows = rule.kind.due(owner_id, before).values_list("pk", flat=True)
            if ids := list(rows[: rule.kind.portion]):
                return rule.kind.reason, rule.kind.erase(ids)
    return "", {}
