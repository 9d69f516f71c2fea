"""`make run`: one command starts it all, whatever ends it ends it all; what dies is started again."""

import contextlib
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.servers import PATIENCE, ROOT, eventually, free_port
from tests.support.tables import sqlite_tables

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not shutil.which("make"), reason="the program make is not installed"),
]

KEPT = ("accounts", "faceverify", "ml", "scripts", "static", "templates", "verification")
FILES = ("Makefile", "Procfile", "manage.py", "requirements.txt", ".env.example")
# The words of each command after the name of Python.
PROCESSES = {
    name: tuple(command.split()[1:])
    for name, _, command in (
        line.partition(":") for line in (ROOT / "Procfile").read_text().splitlines()
    )
}


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


START_PATIENCE = 3 * PATIENCE  # five processes, and all that a first start makes
# What `prepared_clone` has made already.
QUICK = [f"--old-file={name}" for name in ("migrate", "setup", "var/static/staticfiles.json")]


def make_clone(folder: Path) -> Path:
    """A copy of the project with nothing in it that a run made, beside the same environment."""
    for name in KEPT:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (folder / ".venv" / part.name).symlink_to(part)
    (folder / ".venv/.installed").touch()
    (folder / "var").mkdir(mode=0o700)
    (folder / "var/models").symlink_to(ROOT / "var/models")
    return folder


def make(clone: Path, *arguments: str, **options) -> subprocess.Popen:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FACEVERIFY_", "DJANGO_"))}
    for name in ("PORT", "MAKEFLAGS", "MAKELEVEL", "DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return subprocess.Popen(["make", *arguments], cwd=clone, env=kept, **options)


@pytest.fixture(scope="module")
def prepared_clone(tmp_path_factory):
    clone = make_clone(tmp_path_factory.mktemp("clone"))
    (clone / "var/db.sqlite3").write_bytes(sqlite_tables())
    assert make(clone, "var/static/staticfiles.json").wait(START_PATIENCE) == 0
    return clone


class Run:
    """A `make run`, and what it starts."""

    def __init__(self, clone: Path, *arguments: str, port: int, host: str = "127.0.0.1"):
        self.family: list[psutil.Process] = []
        self.address, self._log = f"http://{host}:{port}", clone / "run.log"
        with self._log.open("wb") as out:
            self.make = make(
                clone, "run", *arguments, stdout=out, stderr=out, start_new_session=True
            )

    def announced(self) -> "Run":
        eventually(
            lambda: f"ready: {self.address}" in self.log or self.make.poll() is not None,
            "the address",
            START_PATIENCE,
        )
        assert self.make.poll() is None, self.log
        self.family = self.family_now()
        return self

    def family_now(self) -> list[psutil.Process]:
        return psutil.Process(self.make.pid).children(recursive=True)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def program(self) -> psutil.Process:
        """scripts/run.py"""
        return next(p for p in self.family if "scripts/run.py" in p.cmdline())

    def processes(self) -> dict[str, psutil.Process]:
        """The main process of each line of Procfile, as they are now."""
        running = {tuple(child.cmdline()[1:]): child for child in self.program.children()}
        return {name: running[words] for name, words in PROCESSES.items() if words in running}

    def is_ready(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return bool(requests.get(f"{self.address}/health/ready", timeout=60).ok)
        return False

    def survivors(self) -> list[psutil.Process]:
        """Of what was started, what does not end."""
        self.make.wait(PATIENCE)
        return psutil.wait_procs(self.family, timeout=PATIENCE)[1]


@pytest.fixture
def start():
    started = []

    def start(clone: Path, *arguments: str, port: int, **options: str) -> Run:
        started.append(Run(clone, *arguments, port=port, **options))
        return started[-1].announced()

    yield start
    for run in started:
        print(run.log)  # shown when the test fails
        with contextlib.suppress(psutil.NoSuchProcess):
            run.family += run.family_now()
        for process in [run.make, *run.family]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def test_a_start_shows_progress_and_the_address_and_ctrl_c_stops_every_process(tmp_path, start):
    port = free_port()
    run = start(make_clone(tmp_path), f"PORT={port}", port=port)

    page = requests.get(f"{run.address}/", timeout=60)
    style = re.findall(r'href="(/static/css/[^"]+)"', page.text)[0]
    assert requests.get(run.address + style, timeout=60).status_code == 200
    assert requests.get(f"{run.address}/health/ready", timeout=60).json()["worker"] == "ok"
    eventually(lambda: "GET /" in run.log, "the log line of the page")
    lines = [line for line in run.log.splitlines() if line]
    assert lines[0].startswith("model ")
    assert lines[1].startswith("This site has no administrator yet.")
    assert "administrator" in requests.get(lines[2].strip(), timeout=60).text
    assert lines[3] == "Starting web and worker"
    assert lines[4] == f"  faceverify is ready: {run.address}   (Ctrl-C stops it)"
    assert re.search(r"request_finished .*code=200 request='GET /' ", lines[5])
    assert len(lines) == 6
    assert (tmp_path / "var/db.sqlite3").exists()
    assert (tmp_path / "var/static/staticfiles.json").exists()

    os.killpg(run.make.pid, signal.SIGINT)

    assert len(run.family) >= 5
    assert run.survivors() == []


@pytest.mark.slow
def test_the_port_is_read_from_dotenv_and_kill_stops_every_process(prepared_clone, start):
    port = free_port()
    (prepared_clone / ".env").write_text(f"PORT={port}\nFACEVERIFY_LOG_FORMAT=json\n")
    run = start(prepared_clone, *QUICK, port=port)
    assert requests.get(f"{run.address}/", timeout=60).status_code == 200

    os.kill(run.make.pid, signal.SIGTERM)

    assert run.survivors() == []


@pytest.mark.parametrize(
    ("name", "send"),
    [
        pytest.param("SIGHUP", os.killpg, id="the terminal is closed", marks=pytest.mark.slow),
        pytest.param(
            "SIGHUP",
            os.kill,
            id="a signal that make does not pass on",
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(sys.platform != "linux", reason="make hides it elsewhere"),
            ],
        ),
    ],
)
def test_whatever_ends_make_ends_every_process(prepared_clone, start, name, send):
    port = free_port()
    run = start(prepared_clone, *QUICK, f"PORT={port}", port=port)

    send(run.make.pid, signal.Signals[name])

    assert run.survivors() == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("web", marks=pytest.mark.slow),
        "worker",
        pytest.param("live", marks=pytest.mark.slow),
    ],
)
def test_where_it_is_told_to_listen_what_is_killed_is_started_again_and_ends_with_make(
    prepared_clone, start, name
):
    port = free_port()
    bind, host = ("::1", "[::1]") if has_ipv6() else ("127.0.0.1", "127.0.0.1")
    run = start(
        prepared_clone, *QUICK, f"PORT={port}", f"FACEVERIFY_BIND={bind}", port=port, host=host
    )
    before = run.processes()
    killed = before.pop(name)

    killed.kill()

    eventually(lambda: f"The {name} process ended (status -9)." in run.log, "the message")
    eventually(lambda: name in run.processes(), "the new process")
    assert run.processes() == before | {name: run.processes()[name]}
    eventually(run.is_ready, "the site to be ready")
    run.family += [p for p in run.family_now() if p not in run.family]

    run.make.kill()

    assert run.survivors() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker", "live"])
def test_a_process_that_hangs_is_killed_and_started_again(prepared_clone, start, name):
    port = free_port()
    run = start(prepared_clone, *QUICK, f"PORT={port}", port=port)
    eventually(run.is_ready, "the site to be ready")
    before = run.processes()
    hanging = before.pop(name)
    family = [hanging, *hanging.children(recursive=True)]

    hanging.suspend()

    eventually(lambda: f"The {name} process hangs: it is killed." in run.log, "the message")
    assert psutil.wait_procs(family, timeout=60)[1] == []
    eventually(lambda: name in run.processes(), "the new process")
    assert run.processes() == before | {name: run.processes()[name]}
    eventually(run.is_ready, "the site to be ready")
    os.kill(run.make.pid, signal.SIGTERM)
    assert run.survivors() == []


def test_a_process_that_cannot_start_ends_all_with_its_reason(prepared_clone):
    (prepared_clone / ".env").write_text("FACEVERIFY_WEB_THREADS=many\n")
    try:
        done = make(
            prepared_clone, "run", *QUICK, f"PORT={free_port()}",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said = done.communicate(timeout=START_PATIENCE)[0]
    finally:
        (prepared_clone / ".env").unlink()

    assert done.returncode == 2
    assert "FACEVERIFY_WEB_THREADS='many': must be a whole number." in said
    assert re.search(r"The web process ended \(status 1\)\.", said)


@pytest.mark.slow
def test_when_what_started_them_is_killed_the_processes_end(prepared_clone, start):
    port = free_port()
    run = start(prepared_clone, *QUICK, f"PORT={port}", port=port)

    run.program.kill()

    assert run.survivors() == []


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("", "http://127.0.0.1:8000"),
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("::1", "http://[::1]:8000"),
        ("[::1]", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("2001:DB8::7", "http://[2001:db8::7]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_printed_is_one_to_open(bind, address):
    address_of = runpy.run_path(str(ROOT / "scripts/address.py"))["address_of"]

    assert address_of(bind, "8000") == address


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


def python_of(path: Path, version: str) -> Path:
    """This Python, which says that it is another version."""
    numbers = ", ".join(version.split("."))
    path.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = ({numbers}, 0); $2"\n'
    )
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_versions_that_tensorflow_has_packages_for_are_taken(tmp_path, version):
    python = python_of(tmp_path / "python3", version)

    assert find_python("/bin", PYTHON=str(python)).stdout.strip() == str(python)


@pytest.mark.parametrize("version", ["2.7", "3.10", "3.14", "4.0"])
def test_other_versions_are_refused_at_once_with_the_versions_that_work(tmp_path, version):
    python = python_of(tmp_path / "python3", version)

    refused = find_python("/bin", PYTHON=str(python))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"No usable Python found at {python}: faceverify needs Python 3.11, 3.12 or 3.13" in (
        refused.stderr
    )


def test_every_place_names_the_same_versions():
    assert "Python 3.11, 3.12 or 3.13" in (ROOT / "README.md").read_text()
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()
    assert (ROOT / "Makefile").read_text().count("(3, 11) <= sys.version_info < (3, 14)") == 1


def test_a_python_can_be_named(tmp_path):
    found = find_python("/bin", PYTHON=sys.executable)

    assert found.stdout.strip() == sys.executable
