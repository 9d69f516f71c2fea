"""What a worker does besides its tasks: show that it is alive, and find what was lost."""

import time
from typing import Any
from uuid import UUID

import structlog
from celery import bootsteps
from celery.worker import state
from django.conf import settings
from django.db import Error, connections

from .celery_hooks import instance_id, needs_model, served_model, served_queues
from .children import Watch, held_by

logger = structlog.get_logger(__name__)

ERASE_SECONDS = 30  # from one erasing of what was deleted to the next
PRUNE_SECONDS = 3600.0


def install(app: Any) -> None:
    """Add the sweep to the workers of a Celery application."""
    app.steps["consumer"].add(Sweep)


class Sweep(bootsteps.StartStopStep):
    """Runs every FACEVERIFY_SWEEP_SECONDS in the worker's main process.

    Rows whose lease has run out are released, and rows that stay pending are queued again. What
    has to be done once for all workers is done by the one that has been alive the longest.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **kwargs: Any):
        super().__init__(consumer, **kwargs)
        self.entry: Any = None

    def start(self, consumer: Any) -> None:
        self.queues = served_queues()
        # Workers of one machine have the same name, unless they are given others.
        self.name = f"{consumer.hostname} {','.join(self.queues)}"
        self.pool, self.watch = consumer.pool, Watch()
        self.started, self.others_left = False, True
        self.unheld: set[UUID] = set()  # claims that no child held in the last sweep
        self.erase_at = self.prune_at = 0.0
        self.sweep()
        self.entry = consumer.timer.call_repeatedly(settings.FACEVERIFY_SWEEP_SECONDS, self.sweep)

    def stop(self, consumer: Any) -> None:
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None

    terminate = shutdown = stop

    def sweep(self) -> None:
        """Never raises for a database that cannot be reached: the next sweep tries again."""
        from .. import engine
        from ..engine.record import AnotherModel

        if killed := self.watch.kill_hanging(_children(self.pool)):
            logger.error("children_hung", processes=killed)
        try:
            self._sweep()
        except AnotherModel as error:
            # Its children claim no more rows: each claim requires the recorded model.
            logger.error("another_model", detail=error.detail, remedy=error.remedy)
            state.should_stop = 1  # the exit status, once what is running has ended
        except (Error, engine.ArtifactError) as error:
            logger.error("sweep_failed", error=str(error))
        finally:
            connections.close_all()  # a child forked later must not inherit them

    def _sweep(self) -> None:
        """Rows come first, so that an error in anything else does not keep them waiting."""
        from ..gallery.worker import embed_others_again
        from ..jobs import recovery

        me, model = instance_id(), served_model() if needs_model() else None
        assert me is not None, "start_worker has given this process its id"
        if self.started:
            recovery.worker_seen(id=me, name=self.name, queues=self.queues)
        else:
            recovery.worker_start(id=me, name=self.name, queues=self.queues)
        released = recovery.release_expired() + self._release_unheld(me)
        resent = recovery.resend_pending(everything=not self.started)
        self.started = True
        if released or resent:
            logger.warning("sweep", released=released, resent=resent)
        if model and self.others_left:  # some of them at each sweep, so that the heartbeat goes on
            self.others_left = bool(embed_others_again(model.sha256))
        if recovery.is_first_worker(me):
            self._clean_up()

    def _release_unheld(self, me: UUID) -> int:
        """Release what this worker has claimed, but none of its children has held in two sweeps: the
        child that did is gone."""
        from ..jobs import recovery

        if not (here := _children(self.pool)):
            return 0
        unheld = recovery.claims_of(me) - held_by(here)
        lost, self.unheld = unheld & self.unheld, unheld
        return recovery.release_claims(lost)

    def _clean_up(self) -> None:
        from ..gallery.outliers import resend_unchecked
        from ..jobs import queue
        from ..jobs.queues import BULK

        now = time.monotonic()
        if now < min(self.erase_at, self.prune_at) or not queue.has_room(BULK):
            return
        if now >= self.erase_at and queue.send_erase():
            resend_unchecked()
            self.erase_at = now + ERASE_SECONDS
        if now >= self.prune_at and queue.send_prune():
            self.prune_at = now + PRUNE_SECONDS


def _children(pool: Any) -> list[Any]:
    """The child processes of a Celery pool; none if it works with threads."""
    return getattr(getattr(pool, "_pool", None), "_pool", None) or []
