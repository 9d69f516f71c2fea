"""For how long this process waits for an answer of the database."""

import time

SERVER_FIRST = 1.0  # seconds by which the server gives up a statement before its client does


# A server that has not answered in time is left alone for so many seconds: one request asks for several
# connections on its way out, for its session, its user, its page.
PAUSE = 2.0
SLOW = 1.0  # seconds; a connection that is refused sooner costs nobody anything


class Patience:
    """Of this process: a command, such as a migration, waits for as long as it takes."""

    seconds: float | None = None
    lost_until = 0.0

    @classmethod
    def lost(cls) -> None:
        if cls.seconds:
            cls.lost_until = time.monotonic() + PAUSE

    @classmethod
    def is_lost(cls) -> bool:
        return time.monotonic() < cls.lost_until


def limit(seconds: float) -> None:
    """Wait for so long for each statement, from the next connection on."""
    Patience.seconds = seconds
