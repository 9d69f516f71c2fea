"""Numbers about an owner's comparisons over some days: verdicts, what was refused and why, and their own work that waits."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import Trunc
from django.utils import timezone

from accounts.models import User
from faceverify.api.days import from_day

from ..comparisons.models import Verification
from ..jobs.models import PENDING, RUNNING, job_models
from ..jobs.queues import QUEUES
from ..jobs.selectors import worker_is_alive

Outcome = Verification.Outcome
State = Verification.State
# The parts of a day's column, from below.
PARTS = (*Outcome.values, State.REFUSED.value, State.FAILED.value)


@dataclass
class Day:
    """What was asked on one day, as the reader counts days, by what it ended with."""

    day: date
    counts: Counter[str] = field(default_factory=Counter)  # of PARTS

    @property
    def total(self) -> int:
        return self.counts.total()


@dataclass(frozen=True)
class Waiting:
    """The owner's own rows in a queue."""

    queue: str
    waiting: int
    running: int
    is_served: bool  # by a worker that is alive


@dataclass(frozen=True)
class Dashboard:
    days: list[Day]
    refused: list[tuple[str, int]]  # by code, most first
    queue: list[Waiting]

    @property
    def counts(self) -> Counter[str]:
        """Of the whole time."""
        return sum((day.counts for day in self.days), Counter())

    @property
    def verdicts(self) -> int:
        return sum(self.counts[outcome] for outcome in Outcome.values)


def dashboard(*, owner: User, days: int) -> Dashboard:
    """The last `days` days, today included."""
    today = timezone.localdate()
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    shown = {each: Day(each) for each in dates}
    rows = from_day(
        Verification.objects.filter(owner=owner, state__in=Verification.FINISHED),
        "created_at",
        dates[0],
    )
    refused: Counter[str] = Counter()
    for at, outcome, state, code, count in _counted(rows):
        day = shown.get(timezone.localtime(at).date())
        if day is not None:
            day.counts[outcome or state] += count
            refused[code] += count if state == State.REFUSED else 0
    return Dashboard(list(shown.values()), (+refused).most_common(), list(_waiting(owner)))


def _counted(rows) -> Iterator[tuple[datetime, str, str, str, int]]:
    """(when, outcome, state, why it was refused, how many), a row for each hour; where clocks differ from UTC by half
    an hour, for each minute. Days are made of them here: a database need not know the reader's zone."""
    moments = [timezone.localtime() - timedelta(days=30 * n) for n in range(12)]
    whole = all(
        (at.utcoffset() or timedelta()) % timedelta(hours=1) == timedelta() for at in moments
    )
    step = Trunc("created_at", "hour" if whole else "minute", tzinfo=UTC)
    columns = ("step", "outcome", "state", "refusal_code")
    counted = rows.order_by().annotate(step=step).values_list(*columns)
    return counted.annotate(count=Count("pk")).iterator()


def _waiting(owner: User) -> Iterator[Waiting]:
    waiting: Counter[str] = Counter()
    running: Counter[str] = Counter()
    models: list[Any] = job_models()
    for model in models:
        whose = "owner" if hasattr(model, "owner") else "webhook__owner"
        rows = model._default_manager.filter(**{whose: owner}, state__in=(PENDING, RUNNING))
        for state, count in rows.order_by().values_list("state").annotate(count=Count("pk")):
            (waiting if state == PENDING else running)[model.QUEUE] += count
    for name in QUEUES:
        if waiting[name] or running[name]:
            yield Waiting(name, waiting[name], running[name], worker_is_alive(name))
