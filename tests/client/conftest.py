import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.support.faces import make_face, no_face, two_faces
from tests.support.servers import PATIENCE, ROOT


@pytest.fixture(scope="session")
def key(place):
    return place.new_key()


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Files: ada-1, ada-2, ada-3 show one person, bob-1, bob-2 another."""
    folder = tmp_path_factory.mktemp("photos")
    for identity, name in ((1, "ada"), (2, "bob")):
        for variation in (0, 1, 2):
            (folder / f"{name}-{variation + 1}.jpg").write_bytes(make_face(identity, variation))
    (folder / "sky.jpg").write_bytes(no_face())
    (folder / "two.jpg").write_bytes(two_faces())
    (folder / "notes.jpg").write_bytes(b"these are no pixels")
    return folder


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class CommandLine:
    """The command `faceverify`, as a process of its own."""

    def __init__(self, cwd, environment: dict[str, str]):
        self.cwd = cwd
        self.environment = environment

    def __call__(self, *arguments, stdin: str = "", **environment: str) -> Ran:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FACEVERIFY_")}
        done = subprocess.run(
            [sys.executable, "-m", "faceverify_client", *map(str, arguments)],
            cwd=self.cwd, input=stdin, capture_output=True, text=True, timeout=PATIENCE,
            env={**clean, "PYTHONPATH": str(ROOT / "clients/python"), "COLUMNS": "160",
                 **self.environment, **environment},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def faceverify(worker, key, photos, tmp_path):
    """The command line with the server and the key in its environment."""
    return CommandLine(
        photos,
        {
            "FACEVERIFY_URL": worker.url,
            "FACEVERIFY_KEY": key,
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        },
    )


@pytest.fixture
def signed_out(worker, photos, tmp_path):
    """The command line before `faceverify login`."""
    return CommandLine(photos, {"XDG_CONFIG_HOME": str(tmp_path / "config")})


@pytest.fixture
def no_pauses(monkeypatch):
    """The pauses between tries, noted instead of waited."""
    pauses: list[float] = []
    monkeypatch.setattr("httpx_retries.retry.time.sleep", pauses.append)
    return pauses
