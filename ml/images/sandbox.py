"""Decoders in processes of their own, with limits of time and memory.

A decoder is started for the first photo that needs one and is kept for the next. A photo that kills
its decoder is refused, and the next photo gets a new decoder. A forked process (a Celery child) starts
without decoders.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ml.errors import DecodersBusy, ImageRefused
from ml.images import decoder, refusals
from ml.images.structure import Source
from ml.sentences import sentence

BUSY = sentence("Too many photos are being read at the moment.")
SEND_AGAIN = sentence("Send the photo again in a few seconds.")

AT_ONCE = 2  # decoders per process, which bounds their memory
FEW = 6  # photos being decoded or waiting; with more of them a photo waits no longer than
PATIENCE = 1.0  # seconds, so that slow photos do not block every thread of a web process
WALL_SECONDS = 20  # for machines so busy that the limit of processor time is not reached
USES = 500  # photos after which a decoder is replaced
REMEMBERED = 256  # files that were too costly, refused at once for
REMEMBERED_SECONDS = 60
# Signals that a photo can cause; any other signal was sent from outside.
OWN_DEATHS = {
    -number
    for number in (signal.SIGXCPU, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE)
}
ROOT = str(Path(__file__).resolve().parents[2])
START = "import sys; sys.path.insert(0, sys.argv[1]); from ml.images.decoder import main; main()"


def pixels(source: Source, max_side: int | None) -> np.ndarray:
    """`pixels.rgb` as an array, computed in a decoder. Raises ImageRefused, DecodersBusy."""
    answer, made = _pool.ask(source, max_side, jpeg=False)
    return np.frombuffer(made, np.uint8).reshape(answer["height"], answer["width"], 3)


def jpeg(source: Source, max_side: int) -> bytes:
    """`pixels.rgb` as JPEG bytes, computed in a decoder. Raises ImageRefused, DecodersBusy."""
    return bytes(_pool.ask(source, max_side, jpeg=True)[1])


def processes() -> list[int]:
    """The process ids of this process's decoders, for monitoring."""
    return _pool.processes()


class _Died(Exception):
    """The decoder gave no answer; `late` if it did not answer in time."""

    def __init__(self, *, late: bool):
        super().__init__()
        self.late = late


class _Decoder:
    def __init__(self):
        parent, child = socket.socketpair()
        with child:
            self._process = subprocess.Popen(  # noqa: S603  this Python, this package
                [sys.executable, "-I", "-c", START, ROOT],
                stdin=child.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
                start_new_session=True,  # Ctrl-C must reach the parent only
            )
        self.socket = parent
        self.uses = 0

    def ask(self, source: Source, max_side: int | None, as_jpeg: bool) -> tuple[dict, bytearray]:
        """Raises _Died."""
        self.uses += 1
        self.socket.settimeout(WALL_SECONDS)
        header = {
            "kind": source.kind,
            "width": source.width,
            "height": source.height,
            "orientation": source.orientation,
            "depth": source.depth,
            "complete": source.complete,
            "progressive": source.progressive,
            "data": len(source.data),
            "icc": len(source.icc),
            "max_side": max_side,
            "jpeg": as_jpeg,
        }
        try:
            decoder.send(self.socket, header, source.data, source.icc)
            (size,) = decoder.LENGTH.unpack(decoder.receive(self.socket, decoder.LENGTH.size))
            answer = decoder.json.loads(decoder.receive(self.socket, size))
            made = decoder.receive(self.socket, answer["size"])
        except (OSError, EOFError) as error:
            raise _Died(late=isinstance(error, TimeoutError)) from error
        return answer, made

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_worn(self) -> bool:
        return self.uses >= USES or self._process.poll() is not None

    def end(self) -> int:
        """Kill the decoder if it is alive; its exit status."""
        self.socket.close()
        self._process.kill()
        return self._process.wait()

    def forget(self) -> None:
        """Leave the decoder to the parent, in a forked process."""
        self.socket.close()
        self._process.returncode = 0


class _Pool:
    def __init__(self):
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._asking = 0
        self._lock = threading.Lock()
        self._idle: list[_Decoder] = []
        self._all: set[_Decoder] = set()
        self._costly: OrderedDict[bytes, float] = OrderedDict()

    def ask(self, source: Source, max_side: int | None, *, jpeg: bool) -> tuple[dict, bytearray]:
        """Raises ImageRefused, DecodersBusy."""
        digest = hashlib.sha256(source.data).digest()
        self._check(digest)
        with self._slot():
            self._check(digest)  # the same file may have been refused meanwhile
            answer, made = self._answer(source, max_side, jpeg, digest)
        if answer.get("costly"):
            raise self._condemned(digest)
        if refused := answer.get("refused"):
            raise ImageRefused(*refused)
        return answer, made

    @contextmanager
    def _slot(self):
        with self._lock:
            patience = None if self._asking < FEW else PATIENCE
            self._asking += 1
        try:
            if not self._slots.acquire(timeout=patience):
                raise DecodersBusy(
                    "busy",
                    BUSY,
                    SEND_AGAIN,
                )
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._asking -= 1

    def _answer(
        self, source: Source, max_side: int | None, jpeg: bool, digest: bytes
    ) -> tuple[dict, bytearray]:
        for is_last in (False, True):
            worker = self._take()
            try:
                answer = worker.ask(source, max_side, jpeg)
            except _Died as died:
                self._forgive(self._drop(worker), digest, died.late or is_last)
                continue
            except BaseException:  # interrupted in the middle of an answer
                self._drop(worker)
                raise
            with self._lock:
                self._idle.append(worker)
            return answer
        raise AssertionError("unreachable")

    def _forgive(self, status: int, digest: bytes, is_last: bool) -> None:
        """Raise the error that a decoder's death means, unless it may have been killed from outside."""
        if status >= 0:
            raise OSError(f"The photo decoder does not run: it ended with status {status}.")
        if is_last or status in OWN_DEATHS:
            raise self._condemned(digest)

    def _take(self) -> _Decoder:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                worker = _Decoder()
                with self._lock:
                    self._all.add(worker)
                return worker
            if not worker.is_worn:
                return worker
            self._drop(worker)

    def _drop(self, worker: _Decoder) -> int:
        with self._lock:
            self._all.discard(worker)
        return worker.end()

    def _check(self, digest: bytes) -> None:
        with self._lock:
            if time.monotonic() < self._costly.get(digest, 0):
                raise refusals.too_costly()

    def _condemned(self, digest: bytes) -> ImageRefused:
        """Remember a costly file, which is refused at once if it is sent again soon."""
        with self._lock:
            self._costly[digest] = time.monotonic() + REMEMBERED_SECONDS
            self._costly.move_to_end(digest)
            while len(self._costly) > REMEMBERED:
                self._costly.popitem(last=False)
        return refusals.too_costly()

    def processes(self) -> list[int]:
        with self._lock:
            return [worker.pid for worker in self._all]

    def forget(self) -> None:
        for worker in self._all:
            worker.forget()


_pool = _Pool()


def _after_fork() -> None:
    global _pool
    _pool.forget()
    _pool = _Pool()


os.register_at_fork(after_in_child=_after_fork)
