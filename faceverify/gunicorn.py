"""Configuration of gunicorn, the web server. It uses threads, for requests mostly wait."""

import ctypes
import gc
import logging.config
import os
import signal
import sys
from typing import Any

from gunicorn.glogging import Logger

from faceverify import env, watchdog
from faceverify.settings import (
    BASE_DIR,
    FACEVERIFY_DRAIN_SECONDS,
    FACEVERIFY_WAITERS,
    LOGGING,
)

env.load_dotenv(BASE_DIR / ".env")


class OneFormat(Logger):
    """Gunicorn's own lines look like all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logging.config.dictConfig(LOGGING)


_port = env.integer("PORT", 8000, low=1, high=65535)
_host = env.text("FACEVERIFY_BIND", "127.0.0.1").strip("[]")
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
worker_class = "faceverify.gunicorn_worker.DrainingWorker"
workers = env.integer("WEB_CONCURRENCY", 1, low=1, high=256)
OTHERS = 12  # threads beside those that wait for verdicts
threads = env.integer("FACEVERIFY_WEB_THREADS", FACEVERIFY_WAITERS + OTHERS, low=2, high=1024)
timeout = 60
graceful_timeout = FACEVERIFY_DRAIN_SECONDS + 20
keepalive = 75  # longer than a proxy in front keeps an idle connection
# Its sign of life touches a file with each request, which costs next to nothing in memory.
_memory = "/dev/shm"  # noqa: S108  gunicorn's file there has no name
worker_tmp_dir = _memory if os.access(_memory, os.W_OK) else None
loglevel = "warning"
logger_class = OneFormat

_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
ARENAS = 2  # of memory; glibc gives each thread one of its own, where what was freed stays: 60 MB
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_prctl = getattr(_libc, "prctl", None)  # looked up before a fork
_mallopt = getattr(_libc, "mallopt", None)  # other C libraries than glibc have none


def on_starting(server: Any) -> None:
    watchdog.begin()


def post_fork(server: Any, worker: Any) -> None:
    """A process that serves requests dies with gunicorn's main process. It would keep the port for
    as long as its last request takes, and nobody could start another."""
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if _mallopt:
        _mallopt(_M_ARENA_MAX, ARENAS)


def post_worker_init(worker: Any) -> None:
    """What the application consists of stays: the garbage collector need not look at all of it, which
    takes more than a tenth of a second, while requests wait."""
    gc.collect()
    gc.freeze()
