"""Run web and worker until one of them ends or a signal comes; then stop both. Used by `make run`.

Prints the address as soon as both answer, and whatever they print except for known noise. Uses only
the standard library, so it starts at once.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import types
import urllib.error
import urllib.request
from collections.abc import Callable

COMMANDS = {
    "web": ["gunicorn", "--config", "python:faceverify.gunicorn", "faceverify.wsgi"],
    "worker": ["celery", "--quiet", "--app", "faceverify", "worker", "--without-gossip",
               "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"],
}  # fmt: skip
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# SIGTERM lets requests and comparisons finish, SIGQUIT aborts them.
PATIENCE = {signal.SIGTERM: 30.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}  # seconds
PAUSE = 0.2
# LiteRT has no setting to leave it out. Several processes write it at the same time, in pieces.
NOISE = re.compile(rb"(INFO: |Created TensorFlow Lite XNNPACK delegate for CPU\.)+\n|\n")


def main() -> int:
    received: list[float] = []  # when a signal came

    def receive(_number: int, _frame: types.FrameType | None) -> None:
        received.append(time.monotonic())

    for number in SIGNALS:
        signal.signal(number, receive)
    caller_ended = watch_caller()
    port = os.environ["PORT"]
    processes = {name: start(command) for name, command in COMMANDS.items()}
    readers = [threading.Thread(target=show, args=(p,), daemon=True) for p in processes.values()]
    for reader in readers:
        reader.start()
    announced = False
    try:
        while not received and not caller_ended():
            for name, process in processes.items():
                if process.poll() is not None:
                    print(f"The {name} process ended (status {process.returncode}).", flush=True)
                    return 1
            if not announced and (announced := is_ready(port)):
                print(f"\n  faceverify is ready: http://127.0.0.1:{port}   (Ctrl-C stops it)\n",
                      flush=True)  # fmt: skip
            time.sleep(PAUSE)
        return 0
    finally:
        stop([*processes.values()], received)
        for reader in readers:
            reader.join(PAUSE)  # what was written last


def start(command: list[str]) -> subprocess.Popen:
    """A process in a session of its own: Ctrl-C in a terminal reaches only this program, which then
    stops the process."""
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def show(process: subprocess.Popen) -> None:
    """Pass on the lines that a process writes."""
    assert process.stdout is not None
    for line in process.stdout:
        if not NOISE.fullmatch(line):
            os.write(1, line)


def is_ready(port: str) -> bool:
    """Whether the health page answers and has seen a worker."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return json.load(answer)["worker"] == "ok"
    except (urllib.error.URLError, OSError, ValueError):
        return False


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
    return lambda: os.getppid() != caller or bool(blocked() & wanted)


if __name__ == "__main__":
    sys.exit(main())
