"""Wait until web and worker answer, print the address, and stay until stopped.

Runs beside them in the Procfile, from the standard library alone, so that it starts at once.
"""

import json
import os
import signal
import time
import urllib.error
import urllib.request

PAUSE = 0.25


def is_ready(port: str) -> bool:
    """Whether the health page reports a worker that was seen."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return json.load(answer)["worker"] == "ok"
    except (urllib.error.URLError, OSError, ValueError):
        return False


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    port = os.environ["PORT"]
    while not is_ready(port):
        time.sleep(PAUSE)
    print(f"\n  faceverify is ready: http://127.0.0.1:{port}   (Ctrl-C stops it)\n", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
