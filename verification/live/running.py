"""The sessions that run in this process: each with its camera, one frame at a time.

Frames are looked at by a few threads, the database is asked by another; the event loop only hands on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import connections
from django.urls import reverse
from django.utils import translation

from .. import engine
from ..engine.live import LiveAnswer, LiveCamera, LiveFace, LiveResult, LiveSubject
from ..jobs.claims import Claim, end_refused
from ..jobs.refusals import Refusal
from ..photos.storage import FileUnreadable
from ..text.sentences import sentence
from .ending import clean, session_finish, session_lost
from .errors import ALREADY_USED, NOT_NOW, ONE_AT_A_TIME, Fault, LiveRefused
from .frames import frame_done
from .models import LiveSession
from .pace import Pace
from .services import LONGEST, session_open
from .subjects import CannotLook, sought, subject
from .tokens import Token

logger = structlog.get_logger(__name__)

PER_SECOND = 15  # frames that are looked at, of one session
WATCH = 0.25  # seconds between two looks at the time
QUIET = 0.5  # seconds without a frame after which the camera is asked all the same
CHECK = 1.0  # seconds between two looks whether the session was cancelled
GRACE = 3.0  # seconds after its limit until a session is ended whatever its camera says

LEFT = Refusal(
    "left",
    sentence("The camera was closed before there was a verdict."),
    sentence("Start another session."),
)
INTERRUPTED = Refusal(
    "interrupted",
    sentence("The server was stopped during the session."),
    sentence("Start another session."),
)
OUT_OF_TIME = Refusal(
    "no_face_usable",
    sentence("No face was seen well enough before the time was up."),
    sentence("Start another session."),
)

Told = dict[str, Any]
T = TypeVar("T")


class _Threads:
    """Made at the first use, in the process that serves frames."""

    pool: ThreadPoolExecutor | None = None


async def in_pool(work: Callable[..., T], *arguments: Any) -> T:
    """Run in one of the threads that look at frames."""
    if _Threads.pool is None:
        _Threads.pool = ThreadPoolExecutor(settings.FACEVERIFY_LIVE_THREADS, "frames")
    return await asyncio.get_running_loop().run_in_executor(
        _Threads.pool, partial(work, *arguments)
    )


def in_database(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Away from the event loop, and in nobody's language: what is stored is English, as a worker's is."""
    return database_sync_to_async(translation.override(None)(function))


_runs: dict[UUID, "LiveRun"] = {}


def run_of(id: UUID) -> "LiveRun | None":
    return _runs.get(id)


def runs() -> list["LiveRun"]:
    return list(_runs.values())


async def open_run(token: Token, *, way: str, text: str) -> "LiveRun":
    """Use a token and open its camera. Raises LiveRefused."""
    try:
        claim = await in_database(session_open)(token=token)
        return await _opened(claim, way, text)
    except (LiveRefused, CannotLook):
        raise
    except Exception as error:
        logger.error("live_not_opened", error=type(error).__name__)
        raise LiveRefused(NOT_NOW) from error


async def _opened(claim: Claim[LiveSession], way: str, text: str) -> "LiveRun":
    row = claim.row
    try:
        found = await in_database(sought)(row)
        what, photo = await in_pool(_prepared, row, found)
    except CannotLook as error:
        await in_database(end_refused)(claim, error.reason)
        raise
    except engine.ImageRefused as error:
        await in_database(end_refused)(claim, error)
        raise CannotLook(Refusal(error.code, error.detail, error.remedy)) from error
    except BaseException as error:
        code = error.code if isinstance(error, engine.ArtifactError) else "not_opened"
        await in_database(session_lost)(claim, code)
        raise
    run = LiveRun(claim, what, photo, way=way, text=text)
    _runs[row.pk] = run
    run.watching = asyncio.create_task(run.watch())
    return run


def _prepared(row: LiveSession, found: Any) -> Any:
    try:
        return subject(row, found)
    finally:
        connections.close_all()  # the model was looked up by this thread, which needs no database again


class LiveRun:
    """One session while it runs. Whoever carries its messages reads `take` and is told the rest by
    `tell`; `ended` is the last message, once there is one."""

    def __init__(
        self,
        claim: Claim[LiveSession],
        what: LiveSubject,
        photo: engine.FaceEmbedding | None,
        *,
        way: str,
        text: str,
    ):
        self.claim, self.subject, self.photo = claim, what, photo
        self.way, self.text = way, text
        self.started = time.monotonic()
        self.camera = LiveCamera(what, self.started)
        self.limit = min(LONGEST, what.seconds + GRACE)
        self.one_at_a_time = asyncio.Lock()
        self.is_busy = False  # with a frame
        self.ended: Told | None = None
        self.tell: Callable[[Told], Awaitable[None]] | None = None
        self.watching: asyncio.Task[None] | None = None
        self.last_frame = self.last_check = self.started
        self.pace = Pace(PER_SECOND, self.started)
        self.number, self.captured = -1, -1
        self.step: int | None = None

    @property
    def ready(self) -> Told:
        """What the client is told first."""
        return {
            "type": "ready",
            "task": self.subject.task,
            "seconds": self.subject.seconds,
            "challenge": bool(self.subject.steps),
            "frame": {"width": 480, "height": 360, "per_second": PER_SECOND, "bytes": 150_000},
        }

    def until_next(self) -> float:
        """Seconds until a frame may be looked at again."""
        return self.pace.until(time.monotonic())

    async def take(self, number: int, captured_ms: int, jpeg: bytes) -> Told:
        """Look at a frame; the answer, which carries the end if this frame was the last. Raises
        LiveRefused."""
        if self.is_busy:
            raise LiveRefused(ONE_AT_A_TIME)
        self.is_busy = True
        try:
            return await self._taken(number, captured_ms, jpeg)
        finally:
            self.is_busy = False

    async def _taken(self, number: int, captured_ms: int, jpeg: bytes) -> Told:
        async with self.one_at_a_time:
            self._check_open()
            self.number, self.captured = number, captured_ms
            self.last_frame = began = time.monotonic()
            self.pace.taken(began)
            answer = await self._looked(self.camera.take, jpeg, captured_ms, began)
            frame_done.send(sender=LiveRun, seconds=time.monotonic() - began)
            own = self.claim.row.source == "web"
            said = _said(answer, number, own=own) if answer else {"type": "frame", "seq": number}
            if answer is not None:
                self.step = answer.step.number if answer.step else None
                if answer.result is not None:
                    await self._finish(answer.result)
        if self.ended is not None:
            said["end"] = self.ended
        return said

    async def watch(self) -> None:
        """End the session when its time is up or it was cancelled; tell of the challenge's next step
        where no frames come."""
        while self.ended is None:
            await asyncio.sleep(WATCH)
            now = time.monotonic()
            if now > self.last_check + CHECK:
                self.last_check = now
                await self._check()
            if self.ended is None and now > self.started + self.limit:
                await self._close(OUT_OF_TIME, "time")
            elif self.ended is None and now > self.last_frame + QUIET:
                await self._tick(now)

    async def leave(self, reason: Refusal = LEFT, said: str = "cancelled") -> None:
        """The client is gone, or the server goes."""
        if self.ended is None:
            await self._close(reason, said)

    async def refuse(self, fault: Fault) -> None:
        """The client does what it must not."""
        await self.leave(
            Refusal(fault.code, fault.detail, sentence("Start another session.")), "refused"
        )

    async def _check(self) -> None:
        """Asked for while frames go on, and told when none is looked at: its result may just have ended the
        session."""
        if await self._is_held():
            return
        async with self.one_at_a_time:
            if self.ended is None:
                await self._over("cancelled")

    async def _tick(self, now: float) -> None:
        async with self.one_at_a_time:
            if self.ended is not None:
                return
            answer = await self._looked(self.camera.tick, now)
            if answer is None:
                return
            if answer.result is not None:
                await self._finish(answer.result)
            elif answer.step and answer.step.number != self.step:
                self.step = answer.step.number
                await self._tell({"type": "step", "step": asdict(answer.step)})

    async def _looked(self, look: Callable[..., LiveAnswer], *arguments: Any) -> LiveAnswer | None:
        try:
            return await in_pool(look, *arguments)
        except Exception as error:
            logger.exception("live_frame_failed", error=type(error).__name__)
            code = error.code if isinstance(error, engine.ArtifactError) else "frame_failed"
            await self._lost(code)
            return None

    async def _finish(self, result: LiveResult) -> None:
        note = dict(self.subject.thresholds.of(await in_pool(engine.served_model)).note)
        try:
            cleaned = await in_pool(clean, result, self.photo)
            await in_database(session_finish)(self.claim, cleaned, note)
        except (engine.ImageRefused, engine.DecodersBusy, OSError, FileUnreadable) as error:
            logger.error("live_not_stored", error=type(error).__name__)
            await self._lost("not_stored")
        except Exception as error:
            logger.exception("live_not_stored", error=type(error).__name__)
            await self._lost("not_stored")
        else:
            row = await in_database(_as_stored)(self.claim.row.pk)
            state = row.state if row else None
            reason = {LiveSession.DONE: "finished", "refused": "time"}.get(state or "", "cancelled")
            await self._over(reason, row)

    async def _close(self, reason: Refusal, said: str) -> None:
        async with self.one_at_a_time:
            if self.ended is None:
                await self._end_row(end_refused, reason)
                await self._over(said)

    async def _lost(self, code: str) -> None:
        await self._end_row(session_lost, code)
        await self._over("error")

    async def _end_row(self, end: Callable[..., bool], why: Any) -> None:
        try:
            await in_database(end)(self.claim, why)
        except Exception as error:  # its lease ends it
            logger.error("live_not_ended", error=type(error).__name__)

    async def _over(self, reason: str, row: LiveSession | None = None) -> None:
        self.ended = {"type": "end", "reason": reason}
        if row is not None and row.source == "web" and (path := _result_path(row)):
            self.ended["result"] = path
        if row is not None and row.task == LiveSession.Task.ENROL and row.state == LiveSession.DONE:
            self.ended["photos_added"] = row.anchors_added
        _runs.pop(self.claim.row.pk, None)
        await self._tell(self.ended)

    async def _tell(self, message: Told) -> None:
        if self.tell is not None:
            await self.tell(message)

    async def _is_held(self) -> bool:
        try:
            return await in_database(self.claim.held.exists)()
        except Exception as error:  # a database that is away for a moment ends nothing
            logger.error("live_not_checked", error=type(error).__name__)
            return True

    def _check_open(self) -> None:
        if self.ended is not None:
            raise LiveRefused(ALREADY_USED)


def _as_stored(pk: UUID) -> LiveSession | None:
    return LiveSession.objects.filter(pk=pk).first()


def _result_path(row: LiveSession) -> str | None:
    """Where the owner finds what came of it."""
    if row.verification_id:
        return reverse("verification_detail", args=[row.verification_id])
    if row.state == LiveSession.DONE and row.person_id:
        return reverse("person", args=[row.person_id])
    return None


def _said(answer: LiveAnswer, number: int, *, own: bool) -> Told:
    """`own`: for our own page. Whoever has the camera of a program's session does not learn who is
    recognised: the program asks with its key, and decides what it tells."""
    faces = answer.faces if own else tuple(_unnamed(face) for face in answer.faces)
    return {
        "type": "frame",
        "seq": number,
        "faces": [asdict(face) for face in faces],
        "guidance": list(answer.guidance),
        "step": asdict(answer.step) if answer.step else None,
        "progress": round(answer.progress, 3),
    }


def _unnamed(face: LiveFace) -> LiveFace:
    return LiveFace(face.track, face.box, face.landmarks)
