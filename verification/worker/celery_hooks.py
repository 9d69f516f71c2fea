"""What a worker does besides its tasks: it makes itself known, and it picks up what was lost.

The database is the truth and the queue only a hint. Every worker therefore sweeps: rows whose
lease has run out go back to pending, and rows that stay pending are queued again.
"""

import os
import threading
import time
import uuid
from typing import TYPE_CHECKING

import structlog
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import bootsteps, signals
from celery.worker import state
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections

if TYPE_CHECKING:
    from ..engine import ModelIdentity

logger = structlog.get_logger(__name__)

# Passed to the child processes, which write it into the rows they claim.
INSTANCE = "FACEVERIFY_WORKER_INSTANCE"
_model: "ModelIdentity | None" = None  # that this worker serves, once it is known
ERASE_SECONDS = 30  # between two looks for what was deleted and has to be erased

# Celery replaces a lost child from a thread of its own. Forked while the main process is at work on
# the database, the child has SQLite's inner locks as they were in that moment, nobody to open them,
# and hangs at its first query. Such work and forks therefore take turns.
at_work = threading.RLock()
os.register_at_fork(
    before=at_work.acquire, after_in_parent=at_work.release, after_in_child=at_work.release
)


def instance_id() -> uuid.UUID | None:
    """The id of the worker this process belongs to; None outside of one."""
    value = os.environ.get(INSTANCE)
    return uuid.UUID(value) if value else None


def install(app) -> None:
    """Add the sweep to the workers of a Celery application."""
    app.steps["consumer"].add(Sweep)


class Sweep(bootsteps.StartStopStep):
    """Heartbeat and sweep, every FACEVERIFY_SWEEP_SECONDS, in the worker's main process."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer, **kwargs):
        super().__init__(consumer, **kwargs)
        self.entry = None

    def start(self, consumer) -> None:
        self.name = consumer.hostname
        self.first = self.others_left = True
        self.erase_at = 0.0
        self.sweep()
        self.entry = consumer.timer.call_repeatedly(settings.FACEVERIFY_SWEEP_SECONDS, self.sweep)

    def stop(self, consumer) -> None:
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None

    terminate = shutdown = stop

    def sweep(self) -> None:
        """Never raises for a database out of reach: the next sweep looks again."""
        with at_work:
            self._sweep()

    def _sweep(self) -> None:
        from .. import engine
        from ..engine.record import AnotherModel
        from ..gallery.outliers import resend_unchecked
        from ..gallery.worker import embed_others_again
        from ..jobs import queue
        from . import registry

        try:
            look_at_the_record()
            if self.first:
                registry.worker_start(id=instance_id(), name=self.name)
            else:
                registry.worker_seen(id=instance_id(), name=self.name)
            released = registry.release_expired()
            resent = registry.resend_pending(everything=self.first)
            if self.first:
                queue.send_prune()
            self.first = False
            if self.others_left:  # some of them at each sweep, so that the heartbeat goes on
                self.others_left = bool(embed_others_again(_model.sha256))
            if time.monotonic() >= self.erase_at:
                queue.send_erase()
                resend_unchecked()
                self.erase_at = time.monotonic() + ERASE_SECONDS
            if released or resent:
                logger.warning("sweep", released=released, resent=resent)
        except AnotherModel as error:
            # Its children have stopped to claim: each claim is of the recorded model alone.
            logger.error("another_model", detail=error.detail, remedy=error.remedy)
            state.should_stop = 1  # the exit status, once what is running has ended
        except (DatabaseError, engine.ArtifactError) as error:
            logger.error("sweep_failed", error=str(error))
        finally:
            connections.close_all()  # a child forked later must not inherit them


def look_at_the_record() -> None:
    """Compare the model that this worker began with to the recorded one, which is recorded now if none
    was. Raises AnotherModel, ArtifactError, DatabaseError."""
    global _model
    from .. import engine
    from ..engine.record import check
    from ..model_change.services import settle

    if _model is None:
        settle()
        _model = engine.model_identity()
    check(_model)


@signals.worker_init.connect
def start_worker(**_kwargs) -> None:
    """Give this worker its identity, and stop here and now when there is no model to serve, when it
    would not be the recorded one, or when nothing that is stored opens with the configured keys. A
    database out of reach is asked again by each sweep."""
    from .. import engine
    from ..photos.keys import KeysLost, check_keys

    os.environ[INSTANCE] = str(uuid.uuid4())
    problem: engine.ArtifactError | KeysLost | None
    try:
        check_keys()
        look_at_the_record()
        problem = engine.model_problem()
    except (KeysLost, engine.ArtifactError) as error:
        problem = error
    except DatabaseError as error:
        logger.error("database_unreachable", error=str(error))
        return
    finally:
        connections.close_all()  # a child must not inherit them
    if problem:
        raise SystemExit(f"{problem.detail} {problem.remedy}")


@signals.worker_process_init.connect
def load_model(**_kwargs) -> None:
    """A child loads the model before its first comparison, not during it.

    It also leaves the worker's process group: a SIGTERM sent to the group means the main
    process, which lets its children finish first.
    """
    from .. import engine

    os.setpgid(0, 0)

    try:
        engine.served_model()
    except engine.ArtifactError as error:
        logger.error("model_not_loaded", code=error.code, detail=error.detail, remedy=error.remedy)
    except DatabaseError as error:  # the first comparison loads it
        logger.error("model_not_loaded", error=str(error))


@signals.task_prerun.connect
def look_at_connections(**_kwargs) -> None:
    """As before each request of the web: a connection that is too old or broken is made anew.
    Celery itself would make one for every task."""
    close_old_connections()


@signals.task_failure.connect
def process_lost(sender=None, exception=None, args=None, **_kwargs) -> None:
    """Celery's main process saw a child die in mid-run: give its row back without waiting for
    the lease."""
    from . import registry

    if not args or not isinstance(exception, (WorkerLostError, TimeLimitExceeded)):
        return
    late = isinstance(exception, TimeLimitExceeded)
    with at_work:
        try:
            registry.release_one(
                task=getattr(sender, "name", ""),
                pk=args[0],
                worker=instance_id(),
                code="too_slow" if late else "worker_lost",
            )
        finally:
            connections.close_all()


@signals.worker_shutdown.connect
def stop_worker(**_kwargs) -> None:
    from . import registry

    try:
        registry.worker_stop(id=instance_id())
    except DatabaseError as error:
        logger.error("worker_not_signed_off", error=str(error))
    finally:
        connections.close_all()
