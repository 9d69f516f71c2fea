"""The client of CompreFace, which `make test` installs into a folder of its own: it needs an old
requests-toolbelt."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import PATIENCE, Site

# Beside the environment that runs the tests, which may be somewhere else than in the project.
PLACE = Path(sys.prefix) / "compreface"


def run(place: Site, program: str, folder: Path, *, key: str) -> str:
    """What a program prints that may import `compreface`, run in a folder with photos."""
    if not (PLACE / "compreface").is_dir():
        pytest.skip("compreface-sdk is not installed: make test does it")
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder, capture_output=True, text=True, timeout=2 * PATIENCE,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(PLACE), "API_KEY": key,
            "SERVER": "http://127.0.0.1", "SERVER_PORT": str(place.port),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def answers(place: Site, program: str, folder: Path, *, key: str) -> dict[str, Any]:
    """What `calls` holds at the end of a program, by name."""
    begin = (
        "import json, os\nfrom compreface import CompreFace\n"
        "calls = {}\n"
        "at = CompreFace(os.environ['SERVER'], os.environ['SERVER_PORT'])\n"
        "key = os.environ['API_KEY']\n"
    )
    return json.loads(run(place, f"{begin}{program}\nprint(json.dumps(calls))", folder, key=key))
