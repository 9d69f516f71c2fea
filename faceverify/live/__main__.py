"""The process `live`: python -m faceverify.live"""

import os
import signal
import socket
import sys

import django
import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from faceverify import watchdog
from faceverify.postgresql import patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

NICE = 5  # whoever waits for a page or a verdict comes first
LARGEST = 2**20 + 1024  # bytes of a message that is taken in, to be refused with a reason
LATE = 10  # seconds that connections may take to end


def main() -> None:
    watchdog.begin()
    django.setup()
    from faceverify import start
    from faceverify.live import address

    patience.limit(settings.FACEVERIFY_DATABASE_SECONDS)
    start.check_keys_and_model()
    try:
        sockets = [address.listen(), *listeners(settings.FACEVERIFY_LIVE_BIND)]
    except (address.AlreadyRuns, OSError, ImproperlyConfigured) as error:
        sys.exit(f"The process that follows cameras cannot listen: {error}")
    os.nice(NICE)
    config = uvicorn.Config(
        "faceverify.asgi:application",
        lifespan="on",
        http="h11",
        ws="websockets-sansio",
        ws_max_size=LARGEST,
        ws_per_message_deflate=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=LATE,
    )
    # uvicorn raises the signal that stopped it again, once all is done: that is a good end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.Server(config).run(sockets=sockets)


def listeners(bind: str) -> list[socket.socket]:
    """The socket for `host:port`; none for nothing. Raises ImproperlyConfigured, OSError."""
    if not bind:
        return []
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 1 <= int(port) <= 65_535:
        raise ImproperlyConfigured(f"FACEVERIFY_LIVE_BIND={bind!r}: must be host:port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host.strip("[]"), int(port)))
    listener.listen(128)
    return [listener]


if __name__ == "__main__":
    main()
