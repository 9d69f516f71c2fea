"""How a worker starts and ends, and what it does around its tasks."""

import os
import uuid
from typing import TYPE_CHECKING, Any

import structlog
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import current_app, signals
from django.conf import settings
from django.db import Error, close_old_connections, connections

from ..jobs.queues import QUEUES, WEBHOOKS
from . import children

if TYPE_CHECKING:
    from ..engine import ModelIdentity

logger = structlog.get_logger(__name__)

# Passed to the child processes, which write it into the rows they claim.
INSTANCE = "FACEVERIFY_WORKER_INSTANCE"
_model: "ModelIdentity | None" = None  # that this worker serves, once it is known


def instance_id() -> uuid.UUID | None:
    """The id of the worker this process belongs to; None outside of one."""
    value = os.environ.get(INSTANCE)
    return uuid.UUID(value) if value else None


def served_queues() -> list[str]:
    """The queues that this worker takes tasks from."""
    return list(current_app.amqp.queues.consume_from)


def needs_model() -> bool:
    """Whether any of this worker's tasks looks at photos."""
    return served_queues() != [WEBHOOKS]


def served_model() -> "ModelIdentity":
    """The identity of the model that this worker has served from its start, after comparing it to
    the recorded one, which is recorded now if none was. Raises AnotherModel, ArtifactError, or an
    error of the database."""
    global _model
    from .. import engine
    from ..engine.record import check
    from ..model_change.services import settle

    if _model is None:
        settle()
        _model = engine.model_identity()
    check(_model)
    return _model


@signals.worker_init.connect
def choose_processes(sender: Any, **_kwargs: Any) -> None:
    """A worker of some queues has the processes that the settings give the first of them, unless its
    command line names another number."""
    queues = served_queues()
    if len(queues) < len(QUEUES) and sender.concurrency == settings.CELERY_WORKER_CONCURRENCY:
        sender.concurrency = settings.FACEVERIFY_QUEUE_PROCESSES[queues[0]]


@signals.worker_init.connect
def start_worker(**_kwargs: Any) -> None:
    """Give this worker its identity. Stop here and now when there is no model to serve, when it is
    not the recorded one, or when nothing that is stored can be decrypted with the configured keys;
    a database that cannot be reached is tried again by each sweep."""
    from .. import engine
    from ..photos.keys import KeysLost, check_keys
    from ..photos.private import StorageUnavailable

    os.environ[INSTANCE] = str(uuid.uuid4())
    children.prepare()
    problem: engine.ArtifactError | KeysLost | None = None
    try:
        try:
            check_keys()
        except StorageUnavailable as error:
            logger.error("keys_not_checked", error=str(error))
        if needs_model():
            served_model()
            problem = engine.model_problem()
    except (KeysLost, engine.ArtifactError) as error:
        problem = error
    except Error as error:
        logger.error("database_unreachable", error=str(error))
        return
    finally:
        connections.close_all()  # a child must not inherit them
    if problem:
        raise SystemExit(f"{problem.detail} {problem.remedy}")


@signals.worker_process_init.connect
def start_child(**_kwargs: Any) -> None:
    """A child loads the model before its first comparison, not during it.

    It also leaves the worker's process group: a SIGTERM sent to the group means the main
    process, which lets its children finish first.
    """
    os.setpgid(0, 0)
    if needs_model():
        _load_model()
    _get_storage_ready()
    children.begin()


def _get_storage_ready() -> None:
    from ..photos.private import StorageUnavailable, private_storage

    try:
        private_storage().get_ready()
    except StorageUnavailable as error:  # the first row that needs it waits
        logger.error("storage_unreachable", error=str(error))


def _load_model() -> None:
    from .. import engine

    try:
        engine.served_model()
    except engine.ArtifactError as error:
        logger.error("model_not_loaded", code=error.code, detail=error.detail, remedy=error.remedy)
    except Error as error:  # the first comparison loads it
        logger.error("model_not_loaded", error=str(error))


@signals.task_prerun.connect
def renew_connections(**_kwargs: Any) -> None:
    """As before each request of the web: a connection that is too old or broken is made anew.
    Celery itself would make one for every task.

    Galleries in memory follow what has changed since here too: somebody may have been erased from
    them."""
    from ..gallery.index import keep_up

    close_old_connections()
    try:
        keep_up()
    except Error:
        logger.warning("galleries_not_kept_up")  # the task will meet the same error


@signals.task_failure.connect
def release_row(
    sender: Any = None, exception: Any = None, args: Any = None, **_kwargs: Any
) -> None:
    """Celery's main process saw a child die during a run: release its row without waiting for the
    lease to run out."""
    from ..jobs import recovery

    worker = instance_id()
    lost = isinstance(exception, (WorkerLostError, TimeLimitExceeded))
    if not args or not lost or worker is None:
        return
    late = isinstance(exception, TimeLimitExceeded)
    code = "too_slow" if late else "worker_lost"
    try:
        recovery.release_one(task=sender.name, pk=args[0], worker=worker, code=code)
    except Error as error:
        logger.error("not_released", row=args[0], error=str(error))
    finally:
        connections.close_all()  # a child forked later must not inherit them


@signals.worker_shutdown.connect
def stop_worker(**_kwargs: Any) -> None:
    from ..jobs import recovery

    worker = instance_id()
    if worker is None:
        return
    try:
        recovery.worker_stop(id=worker)
    except Error as error:
        logger.error("worker_not_signed_off", error=str(error))
    finally:
        connections.close_all()
