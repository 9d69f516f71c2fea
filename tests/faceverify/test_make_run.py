"""`make run`: one command starts it all, Ctrl-C stops it all."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.servers import PATIENCE, ROOT, eventually, free_port

pytestmark = [
    pytest.mark.server,
    pytest.mark.xdist_group("make"),
    pytest.mark.skipif(not shutil.which("make"), reason="the program make is not installed"),
]

KEPT = ("accounts", "faceverify", "ml", "scripts", "static", "templates", "verification")
FILES = ("Makefile", "Procfile", "manage.py", "requirements.txt", ".env.example")


@pytest.fixture
def clone(tmp_path):
    """A copy of the project with nothing in it that a run made, beside the same environment."""
    for name in KEPT:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy2(ROOT / name, tmp_path / name)
    environment = Path(sys.prefix)
    (tmp_path / ".venv").mkdir()
    for part in environment.iterdir():
        (tmp_path / ".venv" / part.name).symlink_to(part)
    (tmp_path / ".venv/.installed").touch()
    models = ROOT / "var/models"
    (tmp_path / "var").mkdir(mode=0o700)
    (tmp_path / "var/models").symlink_to(models)
    return tmp_path


def environment(**more) -> dict:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FACEVERIFY_", "DJANGO_"))}
    for name in ("PORT", "MAKEFLAGS", "MAKELEVEL", "DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return kept | more


@pytest.mark.parametrize("given", ["argument", "dotenv"])
def test_make_run_serves_on_the_port_and_ctrl_c_stops_every_process(clone, given):
    port = free_port()
    command = ["make", "run"]
    if given == "argument":
        command.append(f"PORT={port}")
    else:
        (clone / ".env").write_text(f"PORT={port}\nFACEVERIFY_LOG_FORMAT=json\n")
    log = clone / "run.log"
    with log.open("wb") as out:
        run = subprocess.Popen(
            command, cwd=clone, env=environment(), stdout=out, stderr=out, start_new_session=True
        )
    family = []
    try:
        address = f"http://127.0.0.1:{port}"
        eventually(
            lambda: f"faceverify is ready: {address}" in log.read_text() or run.poll() is not None,
            "the address",
        )
        assert run.poll() is None, log.read_text()
        family = psutil.Process(run.pid).children(recursive=True)
        page = requests.get(f"{address}/", timeout=30)
        assert page.status_code == 200
        health = requests.get(f"{address}/health/ready", timeout=30).json()
        assert health["worker"] == "ok"
    finally:
        os.killpg(run.pid, signal.SIGINT)
        run.wait(PATIENCE)
        print(log.read_text())  # shown when the test fails

    assert len(family) >= 5
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert "SIGKILL" not in log.read_text()
    assert (clone / "var/db.sqlite3").exists()
    assert (clone / "var/static/staticfiles.json").exists()


def find_python(path: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts/find-python.sh")],
        env={"PATH": path, **more},
        capture_output=True,
        text=True,
    )


def test_a_python_that_only_pretends_is_passed_over(tmp_path):
    """As the shims of pyenv do, which are there for versions that are not."""
    for name in ("python3.12", "python3.11", "python3.13"):
        shim = tmp_path / name
        shim.write_text("#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
        shim.chmod(0o755)
    works = tmp_path / "python3"
    works.symlink_to(Path(sys.prefix) / "bin/python")

    found = find_python(f"{tmp_path}:/bin")

    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == str(works)


def test_a_python_can_be_named(tmp_path):
    found = find_python("/bin", PYTHON=sys.executable)

    assert found.stdout.strip() == sys.executable
