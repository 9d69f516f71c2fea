"""Reads of the console: numbers, states and ids, of all accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy

from accounts.models import User
from verification.jobs.models import FAILED, Job, job_models
from verification.jobs.selectors import workers_alive
from verification.models import Delivery, Webhook, Worker

FAILED_SHOWN = 100

# What a failed row's code means, for whoever has to mend it.
FAILURES = {
    "worker_lost": gettext_lazy(
        "The worker died three times while it did this, or the process `live` during a session: look for "
        "a kill by the system, for example for lack of memory."
    ),
    "too_slow": gettext_lazy("It took longer than FACEVERIFY_TIME_LIMIT, three times."),
    "model_unavailable": gettext_lazy("The model could not be read."),
    "resources_exhausted": gettext_lazy("Memory, disk or another resource ran out, three times."),
    "database_unavailable": gettext_lazy("The database could not be reached, three times."),
    "photo_unavailable": gettext_lazy("A stored photo is gone, or no key opens it."),
    "rate_not_offered": gettext_lazy(
        "The model in use does not offer the false-match rate that was asked for."
    ),
    "frame_failed": gettext_lazy(
        "A fault of the program while a camera's frame was looked at: see the log of `live`."
    ),
    "not_opened": gettext_lazy("A camera could not be opened: the log of `live` says why."),
    "not_stored": gettext_lazy("What a camera saw could not be stored: look at disk and database."),
    "internal_error": gettext_lazy("A fault of the program: the worker's log has the traceback."),
}


# What a model of jobs is called.
KINDS = {
    "verification": gettext_lazy("Comparisons"),
    "batch": gettext_lazy("Batches"),
    "gallerycalibration": gettext_lazy("Measurements of thresholds"),
    "explanation": gettext_lazy("Explanations"),
    "anchor": gettext_lazy("Photos of the gallery"),
    "galleryimport": gettext_lazy("Imports"),
    "galleryexport": gettext_lazy("Exports"),
    "bulkchange": gettext_lazy("Changes of many people"),
    "livesession": gettext_lazy("Live sessions"),
    "look": gettext_lazy("Photos only looked at"),
    "accountexport": gettext_lazy("Downloads of everything"),
    "facegathering": gettext_lazy("Gatherings of unknown faces"),
    "delivery": gettext_lazy("Messages to webhooks"),
}


def kind_name(model: type[Job]) -> str:
    """What a model of jobs is called on the console."""
    return str(KINDS[str(model._meta.model_name)])


def users(*, search: str = "", state: str = "") -> QuerySet[User]:
    """Accounts, newest first: those whose address contains `search`, in one state."""
    found = User.objects.order_by("-date_joined", "-pk")
    if search:
        found = found.filter(email__icontains=search)
    states = {
        "staff": Q(is_staff=True),
        "inactive": Q(is_active=False),
        "never": Q(last_login=None),
    }
    return found.filter(states[state]) if state in states else found


def user_get(id: UUID | str) -> User:
    """One account; Http404 if there is none."""
    try:
        return User.objects.get(pk=id)
    except (User.DoesNotExist, ValidationError):
        raise Http404 from None


@dataclass(frozen=True)
class FailedGroup:
    """The failed rows of one kind with one code."""

    label: str  # of the model, as Django names it
    kind: str
    code: str
    count: int
    last: object  # when the newest failed

    @property
    def meaning(self) -> str:
        return str(FAILURES.get(self.code, ""))


def failed_groups() -> list[FailedGroup]:
    """All failed rows, by kind and code; most first."""
    groups = [
        FailedGroup(model._meta.label_lower, kind_name(model), code, count, last)
        for model in job_models()
        # The code finds them in its index.
        for code, count, last in model._default_manager.filter(state=FAILED, failure_code__gt="")
        .order_by()
        .values_list("failure_code")
        .annotate(count=Count("pk"), last=Max("finished_at"))
    ]
    return sorted(groups, key=lambda group: -group.count)


@dataclass(frozen=True)
class FailedRow:
    """One failed row, and whose it is."""

    label: str
    kind: str
    pk: UUID
    code: str
    owner: str
    attempts: int
    finished_at: object


def failed_rows(label: str, code: str) -> Iterator[FailedRow]:
    """The newest failed rows of one kind with one code."""
    model = job_model(label)
    owner = "webhook__owner__email" if model is Delivery else "owner__email"
    rows = model._default_manager.filter(state=FAILED, failure_code=code)
    for pk, email, attempts, at in rows.order_by("-finished_at", "-pk").values_list(
        "pk", owner, "attempts", "finished_at"
    )[:FAILED_SHOWN]:
        yield FailedRow(label, kind_name(model), pk, code, email, attempts, at)


def job_model(label: str) -> type[Job]:
    """The model of jobs with this label; Http404 if there is none."""
    for model in job_models():
        if label == model._meta.label_lower:
            return model
    raise Http404


def workers() -> QuerySet[Worker]:
    return workers_alive().order_by("name", "started_at")


def webhooks() -> QuerySet[Webhook]:
    """All webhooks: those that fail first. Their addresses may hold a secret, so a page shows the
    host alone."""
    waiting = Count("deliveries", filter=Q(deliveries__state__in=("pending", "running")))
    return (
        Webhook.objects.select_related("owner")
        .defer("secret", "former_secret")
        .annotate(waiting=waiting)
        .order_by("-failures", "-created_at", "-pk")
    )
