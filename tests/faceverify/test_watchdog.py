"""Every process of Procfile shows whoever supervises it that it is alive; one that does not would be
killed by systemd."""

import contextlib
import socket

import pytest

from tests.support.servers import ROOT, eventually, site

LIKE_WORKER = ("bulk", "webhooks")  # Celery as well
NAMES = [line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]


@pytest.mark.server
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in LIKE_WORKER else []) for name in NAMES],
)
def test_a_process_shows_signs_of_life_until_it_is_stopped(tmp_path, name):
    path = str(tmp_path / "signs")
    with site(tmp_path) as place, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as signs:
        signs.bind(path)
        signs.setblocking(False)

        def received() -> bytes:
            with contextlib.suppress(BlockingIOError):
                return signs.recv(4096)
            return b""

        process = place.launch(
            name, "scripts/process.py", name, NOTIFY_SOCKET=path, WATCHDOG_USEC="400000"
        )
        place.others.append(process)
        for _time in range(3):
            eventually(lambda: b"WATCHDOG=1" in received(), f"a sign of life of {name}")
        assert process.poll() is None, place.log(name)
