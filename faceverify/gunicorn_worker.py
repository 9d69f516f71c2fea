"""A web process that stops without losing a request.

Whoever sends requests has to notice first: `/health/ready` says so at once, and each answer asks its client
to close the connection. gunicorn by itself only stops taking connections. The kernel goes on making them,
and throws them away with the listening socket: a request that was sent on one of them is lost.
"""

import select
import threading
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from . import draining
from .settings import FACEVERIFY_DRAIN_SECONDS


class DrainingWorker(ThreadWorker):
    """After SIGTERM it answers whatever comes for FACEVERIFY_DRAIN_SECONDS more. Then it refuses
    connections, so that they go elsewhere, and ends with the last request that it has taken."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if draining.has_begun():
            return
        draining.begin()
        if FACEVERIFY_DRAIN_SECONDS:
            later = threading.Timer(FACEVERIFY_DRAIN_SECONDS, super().handle_exit, (sig, frame))
            later.daemon = True
            later.start()
        else:
            super().handle_exit(sig, frame)

    def handle_request(self, req: Any, conn: Any) -> Any:
        if draining.has_begun():
            req.force_close()
        return super().handle_request(req, conn)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._refuse()

    def _refuse(self) -> None:
        """Take the connections that the kernel has made already, then have it refuse others."""
        for listener in self.sockets:
            waiting = select.poll()
            waiting.register(listener, select.POLLIN)
            while waiting.poll(0):
                self.accept(listener)
            listener.close()
