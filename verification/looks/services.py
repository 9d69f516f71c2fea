"""Have a worker look at photos at once, and keep nothing."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import Error, transaction
from django.db.models.functions import Now

from accounts.models import User

from .. import engine
from ..jobs.clock import later
from ..jobs.queue import enqueue
from ..jobs.selectors import worker_is_alive
from ..jobs.waiting import wait_until_finished
from ..photos.storage import cipher
from ..text.sentences import sentence
from .envelope import packed
from .models import Look

LONGEST = 30.0  # seconds that a request waits for its turn and its answer
KEPT = timedelta(seconds=2 * LONGEST)  # of a row whose process died while it waited
ROLES = ("probe", "reference")
TASKS = ("faces", "pair", "search", "numbers", "verify")

ALL_WAIT = sentence(
    "As many requests wait for their answer as may. Send this one again in a moment."
)
TOO_LONG = sentence("No worker came to this request in time. Send it again in a moment.")
NO_WORKER = sentence("No worker is running that could look at photos.")

logger = structlog.get_logger(__name__)

# A waiting request holds one of the web process's threads: some must stay free for the others.
_places = threading.BoundedSemaphore(settings.FACEVERIFY_LOOKS)


class Busy(Exception):
    """The request could not be answered now. It may be sent again in `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: int):
        super().__init__(detail)
        self.detail, self.retry_after = detail, retry_after


class LookFailed(Exception):
    """A worker failed at it, by an error of the product; `code` is that of the row."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def look(
    owner: User,
    task: str,
    photos: Sequence[bytes],
    options: Mapping[str, Any] | None = None,
    seconds: float = LONGEST,
) -> dict[str, Any]:
    """What a worker says of these photos, see `verification.looks.worker`. Nothing of it stays: no row,
    no file, no result.

    Must not be called within a transaction, for the worker would not see the row.

    Args:
        task: one of TASKS.
        photos: as they came in; they are cleaned here.
        options: as JSON.
        seconds: how long to wait for a turn and the answer.

    Raises:
        engine.ImageRefused: a photo cannot be used, or the question cannot be answered as it is; `which`
            is one of ROLES where it is about a photo.
        engine.DecodersBusy: too many photos wait for a decoder.
        Busy: there was no answer in time.
        LookFailed: the worker failed.
    """
    if task not in TASKS:
        raise ValueError(f"There is no such task: {task}.")
    deadline = time.monotonic() + min(seconds, LONGEST)
    with place_to_wait():
        clean = [_sanitized(role, data) for role, data in zip(ROLES, photos, strict=False)]
        refuse_without_worker()
        row = Look(owner=owner, task=task, created_at=Now())
        try:
            _hand_over(row, packed(dict(options or {}), clean))
            return _answer(wait_until_finished(Look, row.pk, deadline - time.monotonic()))
        finally:
            _forget(row)


@contextmanager
def place_to_wait() -> Iterator[None]:
    """One of the places for requests that wait for a worker. Raises Busy when all are taken."""
    if not _places.acquire(blocking=False):
        raise Busy(ALL_WAIT, 1)
    try:
        yield
    finally:
        _places.release()


def refuse_without_worker() -> None:
    """Raises Busy when there is no worker to wait for."""
    if not worker_is_alive():
        raise Busy(NO_WORKER, 10)


def looks_prune() -> int:
    """Delete what processes that died while they waited have left; the number of rows."""
    return Look.objects.filter(created_at__lt=later(-KEPT.total_seconds())).delete()[0]


def _sanitized(role: str, data: bytes) -> bytes:
    try:
        return engine.sanitize(data)
    except engine.ImageRefused as refusal:
        refusal.which = role
        raise


def _hand_over(row: Look, content: bytes) -> None:
    """The row first: with it goes whatever a process that dies now has written."""
    row.request.name = f"{row.folder}/request"
    row.save(force_insert=True)
    row.request.save("request", ContentFile(content), save=False)
    with transaction.atomic():
        enqueue(row)


def _answer(row: Look | None) -> dict[str, Any]:
    if row is None or not row.is_finished:
        raise Busy(TOO_LONG, 1)
    if row.state == Look.State.REFUSED:
        raise engine.ImageRefused(
            row.refusal_code,
            row.refusal_detail,
            row.refusal_remedy,
            which=row.refusal_which or None,
            faces=row.refusal_faces,
        )
    if row.state == Look.State.FAILED:
        raise LookFailed(row.failure_code)
    return json.loads(cipher().decrypt(bytes(row.answer)))


def _forget(row: Look) -> None:
    """What cannot be deleted now, the workers' sweep deletes."""
    try:
        row.delete_files()
        Look.objects.filter(pk=row.pk).delete()
    except (Error, OSError) as error:
        logger.error("look_not_deleted", row=str(row.pk), error=type(error).__name__)
