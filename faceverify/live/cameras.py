"""The life of the process `live`: it is known to the others while it runs, and lets nothing lie about
when it ends."""

import asyncio
import os
import signal
import socket
from typing import Any
from uuid import uuid4

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error

from verification import engine
from verification.engine import record
from verification.gallery.index import keep_up
from verification.jobs import recovery
from verification.jobs.queues import LIVE
from verification.live.running import INTERRUPTED, runs
from verification.live.services import opened_by

from ..health_checks import DATABASE_ERRORS

logger = structlog.get_logger(__name__)

in_database = database_sync_to_async


class Cameras:
    """Seen by the others every FACEVERIFY_SWEEP_SECONDS."""

    def __init__(self) -> None:
        self.id, self.name = uuid4(), f"live@{socket.gethostname()}"
        self.started = False
        self.beating: asyncio.Task[None] | None = None

    async def lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        opened_by(self.id)
        self.beating = asyncio.create_task(self._beat())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.beating.cancel()
        await asyncio.gather(*(run.leave(INTERRUPTED, "error") for run in runs()))
        try:
            await in_database(recovery.worker_stop)(id=self.id)
        except DATABASE_ERRORS as error:
            logger.error("live_not_signed_off", error=type(error).__name__)
        await send({"type": "lifespan.shutdown.complete"})

    async def _beat(self) -> None:
        while True:
            try:
                await in_database(self._seen)()
            except record.AnotherModel as error:
                logger.error("another_model", detail=error.detail, remedy=error.remedy)
                _stop()
            except (Error, engine.ArtifactError) as error:
                logger.error("live_not_seen", error=type(error).__name__)
            await asyncio.sleep(settings.FACEVERIFY_SWEEP_SECONDS)

    def _seen(self) -> None:
        """An earlier process of the same machine is dead: what it had open is ended at once."""
        tell = recovery.worker_seen if self.started else recovery.worker_start
        tell(id=self.id, name=self.name, queues=[LIVE])
        self.started = True
        if model := engine.loaded_model():
            record.check(model)
        keep_up()


def _stop() -> None:
    """As the signal does: sessions end, and the supervisor starts the process again."""
    os.kill(os.getpid(), signal.SIGTERM)
