"""The rules in force for an owner: the server's limits, and what the owner has shortened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from accounts.owner_lock import owner_locked

from ..gallery.access import acting_owns
from ..gallery.gallery_models import Gallery
from .kinds import KINDS, RetentionKind
from .models import RetentionRule
from .words import phrase

MOST_DAYS = 36_500
SHOWN = 20  # things that a page names of those that are due


@dataclass(frozen=True)
class Rule:
    """What holds for one kind: `days` of an owner, or of a gallery, at most the server's `limit`; None:
    for ever. `own` is what was set there, which may be more than a limit that was lowered since;
    `account` is what holds in a gallery that has none of its own."""

    kind: RetentionKind
    limit: int | None
    own: int | None
    account: int | None = None

    @property
    def days(self) -> int | None:
        set_days = self.account if self.own is None else self.own
        given = [days for days in (self.limit, set_days) if days is not None]
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


def rules_of(owner_id: UUID, gallery: Gallery | None = None) -> list[Rule]:
    """The rules of every kind, in the order in which they are carried out; of a gallery those of the kinds
    that it has something of."""
    if gallery is not None:
        owner_id = gallery.owner_id
    stored = _stored(owner_id)
    if gallery is None:
        return _rules(stored)
    limits = settings.FACEVERIFY_KEEP_DAYS
    return [
        Rule(kind, limits[name], stored[name].get(gallery.pk), stored[name].get(None))
        for name, kind in KINDS.items()
        if kind.gallery
    ]


def rules_set(
    *, owner: User, days: Mapping[str, int | None], gallery: Gallery | None = None
) -> list[Rule]:
    """Set the owner's days of these kinds, or those of a gallery; None: as the server says, and in a
    gallery as the owner's rules say.

    Raises ValidationError, a dict by kind, for more days than the server allows.
    """
    errors: dict[str, str] = {}
    kinds = [name for name, kind in KINDS.items() if gallery is None or kind.gallery]
    account = owner.pk if gallery is None else gallery.owner_id
    for name, number in days.items():
        limit = settings.FACEVERIFY_KEEP_DAYS.get(name)
        if name not in kinds:
            errors[name] = gettext("There is no such kind. Use %(kinds)s.") % {
                "kinds": ", ".join(kinds)
            }
        elif number is not None and not 1 <= number <= (limit or MOST_DAYS):
            errors[name] = gettext("Give a whole number of days from 1 to %(most)s.") % {
                "most": limit or MOST_DAYS
            }
    if errors:
        raise ValidationError(errors)
    if gallery is not None:
        acting_owns(gallery)
    with owner_locked(account):
        for name, number in days.items():
            if number is None:
                RetentionRule.objects.filter(owner=account, gallery=gallery, kind=name).delete()
            else:
                RetentionRule.objects.update_or_create(
                    owner_id=account, gallery=gallery, kind=name, defaults={"days": number}
                )
        record(action=Action.SETTINGS, account=account, what="retention")
    return rules_of(owner.pk, gallery)


def last_run_at(now: datetime | None = None) -> datetime:
    """The moment of the latest night's run: today's hour, or yesterday's before it."""
    now = (now or timezone.now()).astimezone(UTC)
    today = now.replace(hour=settings.FACEVERIFY_RETENTION_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def next_run_at(now: datetime | None = None) -> datetime:
    return last_run_at(now) + timedelta(days=1)


def due_of(*, owner: User, at: datetime | None = None, gallery: Gallery | None = None) -> list[Due]:
    """What the next run will erase, or a run at that moment would, of the owner's or of one gallery:
    kinds without anything are left out. Rows that a rule further up takes whole are counted by each
    rule that they meet."""
    at = at or next_run_at()
    due = []
    stored = _stored(owner.pk) if gallery is None else {}
    rules = _rules(stored) if gallery is None else rules_of(owner.pk, gallery)
    for rule in rules:
        if gallery is None:
            parts = list(_due(rule.kind, owner.pk, at, stored))
        elif (before := rule.before(at)) is not None:
            rows = rule.kind.due(gallery.owner_id, before)
            parts = [rows.filter(**{rule.kind.gallery: gallery.pk})]
        else:
            continue
        first: list[Any] = []
        for rows in parts:
            first += rows[: SHOWN - len(first)] if len(first) < SHOWN else ()
        if first:
            due.append(Due(rule, sum(rows.count() for rows in parts), first))
    return due


# Days by kind, and by gallery; None: of the account.
Stored = dict[str, dict[UUID | None, int]]


def _stored(owner_id: UUID) -> Stored:
    stored: Stored = {name: {} for name in KINDS}
    rows = RetentionRule.objects.filter(owner=owner_id, kind__in=KINDS)
    for kind, gallery, days in rows.values_list("kind", "gallery", "days"):
        stored[kind][gallery] = days
    return stored


def _rules(stored: Stored) -> list[Rule]:
    """Those of an account."""
    limits = settings.FACEVERIFY_KEEP_DAYS
    return [Rule(kind, limits[name], stored[name].get(None)) for name, kind in KINDS.items()]


def _due(
    kind: RetentionKind, owner_id: UUID, at: datetime, stored: Stored
) -> Iterator[QuerySet[Any]]:
    """The rows that are due at that moment: by the owner's rule, and by each gallery's own."""
    limit = settings.FACEVERIFY_KEEP_DAYS[kind.name]
    found = stored[kind.name]
    of_galleries = {gallery: days for gallery, days in found.items() if gallery and kind.gallery}
    before = Rule(kind, limit, found.get(None)).before(at)
    if before is not None:
        rows = kind.due(owner_id, before)
        if of_galleries:
            rows = rows.exclude(**{f"{kind.gallery}__in": list(of_galleries)})
        yield rows
    for gallery, days in of_galleries.items():
        before = Rule(kind, limit, days).before(at)
        if before is not None:
            yield kind.due(owner_id, before).filter(**{kind.gallery: gallery})


def erase_portion(owner_id: UUID, at: datetime) -> tuple[str, dict[str, int]]:
    """Erase a portion of what was due at that moment of the owner's, in one transaction: the reason
    and what, as in words.COUNTED; nothing when nothing is left."""
    stored = _stored(owner_id)
    for kind in KINDS.values():
        for rows in _due(kind, owner_id, at, stored):
            with transaction.atomic():
                if ids := list(rows.values_list("pk", flat=True)[: kind.portion]):
                    return kind.reason, kind.erase(ids)
    return "", {}
