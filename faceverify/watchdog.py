"""Showing whoever supervises this process that it is alive, by the protocol of systemd's watchdog:
https://www.freedesktop.org/software/systemd/man/sd_notify.html. scripts/run.py speaks it too.

A main process that is stopped, or that the machine has left no time, ends nothing and answers nothing:
only the missing signs of life show it.
"""

import contextlib
import os
import socket
import threading
import time

ALIVE = b"WATCHDOG=1"


def begin() -> None:
    """Show signs of life for as long as this process runs, if anybody asks for them. Its children show
    none: a main process looks after its own."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    seconds = int(os.environ.get("WATCHDOG_USEC", 0)) / 1_000_000
    if address and seconds:
        threading.Thread(target=_beat, args=(address, seconds / 4), daemon=True).start()


def _beat(address: str, pause: float) -> None:
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.setblocking(False)  # whoever does not listen does not keep this process waiting
        while True:
            with contextlib.suppress(OSError):
                notify.sendto(ALIVE, address)
            time.sleep(pause)
