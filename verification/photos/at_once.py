"""Several files at the same time, where each of them is a wait for a storage far away."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from .private import private_storage

T = TypeVar("T")

THREADS = 32  # of a process: a web process has as many requests with two photos, or more

_pool: tuple[int, ThreadPoolExecutor] | None = None  # of which process


def at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """What these calls return, which read or write a stored file each and nothing else: no database.

    All have ended when this returns, or raises what the first that failed has raised. On a disk they are
    made one after the other: threads would take longer than it does.
    """
    todo = list(calls)
    if len(todo) < 2 or not private_storage().is_far:
        return [call() for call in todo]
    others = [_threads().submit(call) for call in todo[1:]]
    try:
        first = todo[0]()
    finally:
        wait(others)
    return [first, *(other.result() for other in others)]


def _threads() -> ThreadPoolExecutor:
    """A process that was forked has none of its parent's threads."""
    global _pool
    if _pool is None or _pool[0] != os.getpid():
        _pool = os.getpid(), ThreadPoolExecutor(THREADS, thread_name_prefix="storage")
    return _pool[1]
