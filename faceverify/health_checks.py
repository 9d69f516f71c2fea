"""What is looked at for /health/ready and for the metrics, each with a word and a sentence."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from redis.exceptions import RedisError

from verification import engine
from verification.engine.record import AnotherModel
from verification.jobs.queues import LIVE
from verification.jobs.selectors import QueueState, queue_states, worker_is_alive
from verification.photos.folder import write_and_delete
from verification.photos.private import private_storage

from . import draining
from .cache import distrust

logger = structlog.get_logger(__name__)

OK, WARNING, FAILED = "ok", "warning", "failed"
MEGABYTE = 1024**2
NOT_SERVED = gettext_noop(
    "No worker serves %(queue)s: the oldest of %(number)s there waits for %(seconds)s s."
)
IDLE = gettext_noop(
    "The workers of %(queue)s are alive and do nothing: the oldest of %(number)s there waits for "
    "%(seconds)s s. Start them again."
)
BUSY = gettext_noop(
    "The workers of %(queue)s are busy: the oldest of %(number)s there waits for %(seconds)s s. Add workers."
)
DATABASE_ERRORS = (DatabaseError, InterfaceError)
# Names and words of findings, which programs read, as people read them.
SHOWN = {
    "cache": gettext_lazy("Cache"),
    "database": gettext_lazy("Database"),
    "disk": gettext_lazy("Disk"),
    "live": gettext_lazy("Live"),
    "model": gettext_lazy("Model"),
    "queue": gettext_lazy("Queue"),
    "storage": gettext_lazy("Storage"),
    "web": gettext_lazy("Web process"),
    "worker": gettext_lazy("Worker"),
    "behind": gettext_lazy("behind"),
    "damaged": gettext_lazy("damaged"),
    "low": gettext_lazy("low"),
    "missing": gettext_lazy("missing"),
    "not for all queues": gettext_lazy("not for all queues"),
    "not seen": gettext_lazy("not seen"),
    "not trusted": gettext_lazy("not trusted"),
    "not the recorded one": gettext_lazy("not the recorded one"),
    "not writable": gettext_lazy("not writable"),
    "off": gettext_lazy("off"),
    "ok": gettext_lazy("ok"),
    "stopping": gettext_lazy("stopping"),
    "stuck": gettext_lazy("stuck"),
    "unreachable": gettext_lazy("unreachable"),
    "waiting": gettext_lazy("waiting"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. FAILED: this web process cannot work without it."""

    name: str
    level: str
    word: str
    sentence: str

    @property
    def shown_name(self) -> str:
        return str(SHOWN[self.name])

    @property
    def shown_word(self) -> str:
        return str(SHOWN[self.word])


def look() -> tuple[list[Finding], list[QueueState]]:
    """All findings, and the queues. Without a database what needs it is left out."""
    found, states = [_database(), _cache(), _storage(), _disk()], []
    if draining.has_begun():
        sentence = gettext("This process was told to stop: requests go to others.")
        found.append(Finding("web", FAILED, "stopping", sentence))
    if found[0].level == OK:
        try:
            states = queue_states()
            found += [_model(), _worker(states), _live(), _queue(states)]
        except DATABASE_ERRORS as error:
            found[0] = _lost(error)
    if found[0].level != OK:
        found.append(
            Finding("worker", WARNING, "not seen", gettext("Not known without the database."))
        )
    return found, states


def _database() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DATABASE_ERRORS as error:
        return _lost(error)
    return Finding("database", OK, "ok", gettext("The database answers."))


def _lost(error: Exception) -> Finding:
    logger.error("health_database_unreachable", error=type(error).__name__)
    sentence = gettext("The database does not answer: nothing can be read or stored.")
    return Finding("database", FAILED, "unreachable", sentence)


def _cache() -> Finding:
    probe: Callable[[], None] | None = getattr(cache, "probe", None)
    if probe is None:
        return Finding("cache", OK, "ok", gettext("The cache is the memory of this process."))
    try:
        probe()
    except (RedisError, OSError) as error:
        logger.error("health_cache_unreachable", error=type(error).__name__)
        if refusal := distrust(error):
            return Finding("cache", WARNING, "not trusted", refusal)
        sentence = gettext(
            "Redis does not answer: nobody's requests are limited, and work waits longer."
        )
        return Finding("cache", WARNING, "unreachable", sentence)
    return Finding("cache", OK, "ok", gettext("Redis answers."))


def folders() -> dict[str, Path]:
    """Where this process writes, by what is kept there."""
    photos = {} if settings.FACEVERIFY_S3_BUCKET else {"photos": Path(settings.MEDIA_ROOT)}
    return {**photos, "var": Path(settings.VAR_DIR)}


def _storage() -> Finding:
    for name, folder in folders().items():
        try:
            write_and_delete(folder)
        except OSError as error:
            logger.error("health_storage_not_writable", folder=name, error=type(error).__name__)
            sentence = gettext(
                "Nothing can be written to the folder for %(name)s: photos are refused."
            ) % {"name": name}
            return Finding("storage", FAILED, "not writable", sentence)
    if settings.FACEVERIFY_S3_BUCKET:
        try:
            private_storage().probe()
        except OSError as error:
            logger.error("health_storage_not_writable", folder="bucket", error=type(error).__name__)
            sentence = gettext(
                "Nothing can be written to the bucket of photos: photos are refused."
            )
            return Finding("storage", FAILED, "not writable", sentence)
    return Finding("storage", OK, "ok", gettext("Files can be written and deleted."))


def free_bytes() -> dict[str, int]:
    """The room left where this process writes; without a folder that cannot be asked."""
    free = {}
    for name, folder in folders().items():
        try:
            free[name] = shutil.disk_usage(folder).free
        except OSError as error:
            logger.error("health_disk_not_known", folder=name, error=type(error).__name__)
    return free


def _disk() -> Finding:
    free = free_bytes()
    least = min((room // MEGABYTE for room in free.values()), default=0)
    if least < settings.FACEVERIFY_MIN_FREE_MEGABYTES:
        sentence = gettext("%(least)s MB are free, less than FACEVERIFY_MIN_FREE_MEGABYTES.") % {
            "least": least
        }
        return Finding("disk", WARNING, "low", sentence)
    return Finding("disk", OK, "ok", gettext("%(least)s MB are free.") % {"least": least})


def _model() -> Finding:
    error = engine.damage()
    if error is None:
        return Finding("model", OK, "ok", gettext("The recorded model is here and undamaged."))
    if isinstance(error, AnotherModel):
        sentence = gettext(
            "This process would serve another model than the recorded one: start it again."
        )
        return Finding("model", FAILED, "not the recorded one", sentence)
    word = "damaged" if error.code == "model_damaged" else "missing"
    logger.error("health_model", code=error.code)
    if word == "damaged":
        sentence = gettext("The model is damaged: prepare or copy it again.")
    else:
        sentence = gettext("The model is missing: prepare or copy it again.")
    return Finding("model", FAILED, word, sentence)


def _worker(states: list[QueueState]) -> Finding:
    without = [state.name for state in states if not state.workers]
    if not without:
        return Finding("worker", OK, "ok", gettext("Every queue has a worker."))
    if len(without) < len(states):
        sentence = gettext("No worker serves %(queues)s: that work waits.") % {
            "queues": ", ".join(without)
        }
        return Finding("worker", WARNING, "not for all queues", sentence)
    return Finding(
        "worker",
        WARNING,
        "not seen",
        gettext("No worker was seen lately: all work waits."),
    )


def _live() -> Finding:
    if not settings.FACEVERIFY_LIVE_SESSIONS:
        return Finding("live", OK, "off", gettext("No cameras are followed here."))
    if not worker_is_alive(LIVE):
        sentence = gettext("The process that follows cameras was not seen lately: start `live`.")
        return Finding("live", WARNING, "not seen", sentence)
    return Finding("live", OK, "ok", gettext("Cameras can be followed."))


def _queue(states: list[QueueState]) -> Finding:
    late = [
        state
        for state in states
        if state.waiting and state.oldest_seconds > settings.FACEVERIFY_STUCK_SECONDS
    ]
    if not late:
        return Finding("queue", OK, "ok", gettext("Nothing has been waiting for long."))
    worst = max(late, key=lambda state: state.oldest_seconds)
    fields = {
        "number": worst.waiting,
        "queue": worst.name,
        "seconds": f"{worst.oldest_seconds:.0f}",
    }
    if not worst.workers:
        word, sentence = "waiting", NOT_SERVED
    elif not worst.running:
        word, sentence = "stuck", IDLE
    else:
        word, sentence = "behind", BUSY
    return Finding("queue", WARNING, word, gettext(sentence) % fields)
