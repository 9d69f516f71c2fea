"""Entries that nobody waits for: who looked at what is written in batches by a thread of its own.

A process that is killed outright (SIGKILL, power) loses the views of the last FACEVERIFY_AUDIT_SECONDS; one that
is stopped writes them first. Everything else is in the database with the act itself, and only waits here for its
place in the chain.
"""

import atexit
import os
import threading
import time
from collections import deque

import structlog
from django.conf import settings
from django.db import Error, connection

from ..chain.sealing import BATCH, append_all, seal_waiting
from .actions import Action
from .models import AuditEntry

logger = structlog.get_logger(__name__)

MOST = 20_000  # waiting, while the database cannot be reached
AGAIN_SECONDS = 60  # looking at the same thing again within this time is not told again
REMEMBERED = 20_000


class Buffer:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Empty, and without a thread: so a process that was forked begins."""
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._entries: deque[AuditEntry] = deque()
        self._seen: dict[tuple, float] = {}
        self._lost = 0
        self._work = threading.Event()
        self._full = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, entry: AuditEntry) -> None:
        with self._lock:
            if not self._is_new(entry):
                return
            if len(self._entries) >= MOST:
                self._entries.popleft()
                self._lost += 1
            self._entries.append(entry)
            many = len(self._entries) >= BATCH
        if many:
            self._full.set()
        self.wake()

    def wake(self) -> None:
        """There is something to write or to seal."""
        seconds = settings.FACEVERIFY_AUDIT_SECONDS
        if seconds is None:  # only when `flush` is called
            return
        if seconds == 0:
            self.flush()
            return
        self._work.set()
        if self._thread is None:
            self._start()

    def flush(self) -> None:
        """Write what waits, now. What cannot be written stays."""
        with self._flushing:
            with self._lock:
                entries, lost = list(self._entries), self._lost
                self._entries.clear()
                self._lost = 0
            try:
                self._write(entries, lost)
            except Error as error:
                with self._lock:
                    self._entries.extendleft(reversed(entries))
                    self._lost += lost
                logger.error("audit_not_written", error=type(error).__name__, waiting=len(entries))
                self._work.set()

    def stop(self) -> None:
        """Write what waits before this process ends."""
        if self._thread is not None:
            self.flush()

    def _write(self, entries: list[AuditEntry], lost: int) -> None:
        # An attempt whose connection broke at its very end may have been stored.
        ids = [entry.pk for entry in entries if entry.number is not None]
        stored = (
            set(AuditEntry.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else ()
        )
        rest = [entry for entry in entries if entry.pk not in stored]
        if lost:
            rest.append(AuditEntry(action=Action.VIEWS_LOST, detail={"count": lost}))
        seal_waiting(AuditEntry)
        append_all(rest)

    def _is_new(self, entry: AuditEntry) -> bool:
        what = (
            *(
                entry.account,
                entry.actor,
                entry.key,
                entry.action,
                entry.object_kind,
                entry.object_id,
            ),
            *(entry.address, str(entry.detail)),
        )
        now = time.monotonic()
        if now < self._seen.get(what, 0):
            return False
        if len(self._seen) >= REMEMBERED:
            self._seen = {each: until for each, until in self._seen.items() if now < until}
        if len(self._seen) < REMEMBERED:
            self._seen[what] = now + AGAIN_SECONDS
        return True

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._full.wait(settings.FACEVERIFY_AUDIT_SECONDS)
            self._work.clear()
            self._full.clear()
            try:
                self.flush()
            except Exception:
                logger.exception("audit_failed")
            finally:
                connection.close()  # this thread's own


buffer = Buffer()


atexit.register(buffer.stop)
os.register_at_fork(after_in_child=buffer.reset)
