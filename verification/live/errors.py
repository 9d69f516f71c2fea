"""Why a session is not made, not opened, or not gone on with: each with a code that programs know."""

from dataclasses import dataclass

from django.utils.translation import gettext

from ..text.sentences import sentence


@dataclass(frozen=True)
class Fault:
    """`close`: the code with which a socket is closed; `status`: of an answer by HTTP."""

    code: str
    detail: str
    close: int
    status: int


BAD_MESSAGE = Fault(
    "bad_message",
    sentence(
        "This is no frame: 4 bytes of its number, 4 of its time in milliseconds, both rising, then a JPEG."
    ),
    4400,
    400,
)
NOT_STARTED = Fault(
    "not_started",
    sentence('The first message has to be {"type": "start", "token": "..."}.'),
    4400,
    400,
)
TOO_MANY_FRAMES = Fault(
    "too_many_frames", sentence("Frames come much faster than they can be looked at."), 4400, 429
)
ONE_AT_A_TIME = Fault(
    "one_at_a_time",
    sentence("The frame before is still being looked at: wait for its answer."),
    4400,
    429,
)
TOKEN_INVALID = Fault("token_invalid", sentence("The token does not open this session."), 4401, 401)
TOKEN_EXPIRED = Fault(
    "token_expired", sentence("The token was not used in time: ask for another session."), 4401, 401
)
ORIGIN_REFUSED = Fault(
    "origin_refused", sentence("The session was not made for pages of this origin."), 4403, 403
)
NOT_FOUND = Fault("not_found", sentence("There is no such session."), 4404, 404)
ALREADY_USED = Fault(
    "already_used", sentence("The session was opened before, or is over."), 4409, 409
)
TOO_LARGE = Fault("frame_too_large", sentence("A frame may have 150,000 bytes at most."), 4413, 413)
NO_ROOM = Fault(
    "too_many_sessions",
    sentence("As many cameras as this server can follow are open. Try again in a minute."),
    4429,
    429,
)
NOT_NOW = Fault(
    "not_available",
    sentence("The server cannot look at frames at the moment. Try again later."),
    4500,
    503,
)


class LiveRefused(Exception):
    """Raised where a session cannot be opened or gone on with."""

    def __init__(self, fault: Fault):
        super().__init__(fault.detail)
        self.fault = fault


class TooManySessions(Exception):
    """The account has too many sessions that are open or wait for their camera."""

    code = "too_many_sessions"

    def __init__(self, limit: int):
        super().__init__(
            gettext(
                "At most %(limit)s live sessions of an account may be open or wait to be opened. Cancel "
                "one, or wait until it is over."
            )
            % {"limit": limit}
        )
