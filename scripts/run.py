"""Run the processes of Procfile until a signal comes; then stop all. Used by `make run`.

A process that ends is started again, and one that hangs is killed first; only one that cannot even start ends all.

Prints the address as soon as the site is ready, and whatever the processes print except for known noise. Uses only
the standard library, so it starts at once.
"""

import contextlib
import ctypes
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.address import address_of, is_ready
from scripts.signs_of_life import SignsOfLife

PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# SIGTERM lets requests and comparisons finish, SIGQUIT aborts them.
PATIENCE = {signal.SIGTERM: 30.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}  # seconds
PAUSE = 0.2
# Whoever starts a program blocks its own signals for a moment; one that waits with them blocked ends.
BLOCKED_LOOKS = 3
# Before a process that has ended is started again; a steady one has lived for so long before.
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.5, 8.0, 10.0  # seconds
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)  # looked up before a fork
PR_SET_PDEATHSIG = 1
# LiteRT has no setting to leave it out. Several processes write it at the same time, in pieces.
NOISE = re.compile(rb"(INFO: |Created TensorFlow Lite XNNPACK delegate for CPU\.)+\n|\n")


class Process:
    """One process of Procfile, started again when it ends or hangs."""

    def __init__(self, name: str, command: list[str], folder: Path):
        self.name, self.command = name, command
        self.signs = SignsOfLife(folder / name)
        self.pause = FIRST_PAUSE
        self.start()

    def start(self) -> None:
        self.started, self.again_at = time.monotonic(), math.inf
        self.signs.forget()
        self.popen = start(self.command, self.signs.environment)
        self.reader = threading.Thread(target=show, args=(self.popen,), daemon=True)
        self.reader.start()

    def look_after(self) -> None:
        """Start it again if it has ended: after a pause, which grows if it ends soon each time."""
        now = time.monotonic()
        if now >= self.again_at:
            self.start()
        elif self.again_at == math.inf and self.popen.poll() is None:
            if self.signs.are_missing():
                print(f"The {self.name} process hangs: it is killed.", flush=True)
                self.popen.kill()
                self.signs.forget()
        elif self.again_at == math.inf:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)  # what it has left behind
            if now - self.started > STEADY:
                self.pause = FIRST_PAUSE
            self.again_at = now + self.pause
            print(f"The {self.name} process ended (status {self.popen.returncode}). "
                  f"It is started again in {self.pause:g} s.", flush=True)  # fmt: skip
            self.pause = min(2 * self.pause, LONGEST_PAUSE)

    @property
    def cannot_start(self) -> bool:
        """Whether it has ended by itself, having said why, and not by a signal."""
        return (self.popen.poll() or 0) >= 0 and self.popen.poll() is not None


def main() -> int:
    received: list[float] = []  # when a signal came

    def receive(_number: int, _frame: types.FrameType | None) -> None:
        received.append(time.monotonic())

    for number in SIGNALS:
        signal.signal(number, receive)
    caller_ended = watch_caller()
    address = address_of(os.environ.get("FACEVERIFY_BIND", ""), os.environ["PORT"])
    folder = tempfile.TemporaryDirectory(prefix="faceverify-run-")
    processes = [Process(name, command, Path(folder.name)) for name, command in commands().items()]
    announced, look_at = False, 0.0
    try:
        while not received and not caller_ended():
            for process in processes:
                if not announced and process.cannot_start:
                    status = process.popen.returncode
                    print(f"The {process.name} process ended (status {status}).", flush=True)
                    return 1
                process.look_after()
            if not announced and (began := time.monotonic()) >= look_at:
                if announced := is_ready(address):
                    print(f"\n  faceverify is ready: {address}   (Ctrl-C stops it)\n",
                          flush=True)  # fmt: skip
                # While all processes start, the first one has more to do than to be asked.
                look_at = time.monotonic() + 2 * (time.monotonic() - began)
            time.sleep(PAUSE)
        return 0
    finally:
        stop([process.popen for process in processes], received)
        for process in processes:
            process.reader.join(PAUSE)  # what was written last
        folder.cleanup()


def commands() -> dict[str, list[str]]:
    """The command of each process, run with the Python of this program."""
    lines = (line.partition(":") for line in PROCFILE.read_text().splitlines() if line.strip())
    split = {name: shlex.split(command) for name, _, command in lines}
    return {
        name: [sys.executable if word == "python" else word for word in command]
        for name, command in split.items()
    }


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen:
    """A process in a session of its own: Ctrl-C in a terminal reaches only this program, which then
    stops the process. On Linux it is killed when this program is."""
    return subprocess.Popen(
        command, env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=die_with_parent if sys.platform == "linux" else None,
    )  # fmt: skip


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies: it would hold the port, and nobody
    would look after it."""
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def show(process: subprocess.Popen) -> None:
    """Pass on the lines that a process writes."""
    assert process.stdout is not None
    for line in process.stdout:
        if not NOISE.fullmatch(line):
            os.write(1, line)


def stop(processes: list[subprocess.Popen], received: list[float]) -> None:
    """Stop the processes: gently, and harder where that takes too long or another signal comes."""
    for number, seconds in PATIENCE.items():
        for process in processes:
            if process.poll() is None:
                process.send_signal(number)
        began = time.monotonic()
        # Where the whole process group received a signal, make sends it here a second time at once.
        while time.monotonic() < began + seconds and not any(at > began + 1 for at in received):
            if all(process.poll() is not None for process in processes):
                return
            time.sleep(PAUSE)


def watch_caller() -> Callable[[], bool]:
    """A function that says whether `make` has ended, or has received a signal to end.

    make passes SIGTERM on to this program, but not SIGINT and SIGHUP: it waits, with the signal
    blocked, which Linux shows in /proc. Elsewhere these signals have to be sent to the whole process
    group, as a terminal does.
    """
    caller = os.getppid()

    def blocked() -> int:
        try:
            with open(f"/proc/{caller}/status") as status:
                masks = [line for line in status if line.startswith("SigBlk:")]
            return int(masks[0].split()[1], 16)
        except (OSError, IndexError):
            return 0

    wanted = sum(1 << (number - 1) for number in SIGNALS) & ~blocked()
    looks = 0

    def ended() -> bool:
        nonlocal looks
        looks = looks + 1 if blocked() & wanted else 0
        return os.getppid() != caller or looks >= BLOCKED_LOOKS

    return ended


if __name__ == "__main__":
    sys.exit(main())
