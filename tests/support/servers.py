"""Real servers for tests: Redis, PostgreSQL, and faceverify itself with its web and worker.

Each is a context manager, on a free port, with a folder of its own, and leaves nothing behind.
"""

import contextlib
import glob
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import requests

from tests.support.console import Console
from tests.support.present import present
from tests.support.tables import fill_postgres, sqlite_tables

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds until something that must come has failed; never a measure of speed
PASSWORD = "correct horse 9"
ACCOUNTS = 10  # made at a time: the start of Django takes longer than they do

_lane = {"unmarked": ""}  # the test that is running, if it has no marker for servers


@contextlib.contextmanager
def lane_of(test: str, *, servers: bool):
    """While this test runs: whether it may start a server."""
    before = _lane["unmarked"]
    _lane["unmarked"] = "" if servers else test
    try:
        yield
    finally:
        _lane["unmarked"] = before


def fail_without_marker() -> None:
    """Servers take seconds to start: `make test-fast` leaves out what is marked for them."""
    if test := _lane["unmarked"]:
        pytest.fail(f"{test} starts a server: mark it with @pytest.mark.server")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(look, what: str, patience: float = PATIENCE):
    """The first true value that `look()` gives."""
    deadline = time.monotonic() + patience
    while (began := time.monotonic()) < deadline:
        if found := look():
            return found
        # A site that is slow to answer has more to do than to be asked.
        time.sleep(min(max(0.05, time.monotonic() - began), 1))
    raise AssertionError(f"Waited {patience} s in vain for: {what}")


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def redis_server(port: int | None = None):
    """A Redis of our own; gives its URL."""
    fail_without_marker()
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("the program redis-server is not installed")
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="faceverify-redis-") as folder:
        server = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            eventually(lambda: answers(port), "redis-server")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(PATIENCE)


class Postgres:
    """A PostgreSQL cluster of our own in `folder`, with an empty database.

    PostgreSQL refuses to run as root: then it runs as the user that its package made.
    """

    def __init__(self, folder: str, initdb: str, *options: str):
        self.folder, self.port, self.options = folder, free_port(), options
        self.url = f"postgresql://faceverify@127.0.0.1:{self.port}/postgres"
        self.postgres = Path(initdb).with_name("postgres")
        self.server: subprocess.Popen | None = None
        self.who: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self.who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        subprocess.run(
            [initdb, "-D", f"{folder}/data", "-U", "faceverify", "--auth=trust", "--no-sync", "-E", "UTF8"],
            check=True, capture_output=True, cwd=folder, **self.who,
        )  # fmt: skip

    def start(self) -> None:
        self.server = subprocess.Popen(
            [self.postgres, "-D", f"{self.folder}/data", "-p", str(self.port), "-k", self.folder,
             "-h", "127.0.0.1", *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, **self.who,
        )  # fmt: skip
        eventually(lambda: answers(self.port), "postgres")
        eventually(lambda: _accepts(self.url), "postgres to accept connections")

    @contextlib.contextmanager
    def paused(self):
        """It takes what it is sent and answers nothing, as one that is swapped out."""
        main = psutil.Process(present(self.server).pid)
        family = [main, *main.children(recursive=True)]  # those of connections too
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def stop(self) -> None:
        """At once: every connection is cut."""
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(PATIENCE)
            self.server = None


def postgres_programs() -> Path:
    """The folder of the installed server's programs."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(f.split("/")[4]))
    initdb = shutil.which("initdb") or (f"{folders[-1]}/initdb" if folders else None)
    if not initdb:
        pytest.skip("the PostgreSQL server programs are not installed")
    return Path(initdb).resolve().parent


@contextlib.contextmanager
def postgres_cluster(*options: str, initdb: str | None = None):
    """A PostgreSQL that runs, and that a test may stop and start; another than the installed one by its
    program `initdb`. Without `options` of the server it does not wait for the disk."""
    fail_without_marker()
    initdb = initdb or str(postgres_programs() / "initdb")
    folder = tempfile.mkdtemp(prefix="faceverify-pg-")
    try:
        cluster = Postgres(folder, initdb, *(options or ("-F",)))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres_server():
    """A PostgreSQL of our own; gives the URL of an empty database."""
    with postgres_cluster() as cluster:
        yield cluster.url


def _accepts(url: str) -> bool:
    import psycopg

    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url):
        return True
    return False


def installation(home: Path) -> dict[str, str]:
    """What every site has in common; nothing of the machine's own settings gets in."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("FACEVERIFY_", "DJANGO_"))},
        "FACEVERIFY_DOTENV": "false",
        "FACEVERIFY_DEBUG": "true",
        "FACEVERIFY_VAR": str(home / "var"),
        "FACEVERIFY_MEDIA": str(home / "media"),
    }


class Site:
    """faceverify as it is deployed: gunicorn and a Celery worker, as processes of their own."""

    def __init__(self, home: Path, *, tables: bool = True, **environment: str):
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **installation(home),
            "FACEVERIFY_WORKERS": "1",
            "FACEVERIFY_SWEEP_SECONDS": "0.5",
            "FACEVERIFY_REQUEUE_SECONDS": "1",
            "FACEVERIFY_API_RATE": "100000/min",
            "FACEVERIFY_API_KEY_RATE": "100000/min",
            "FACEVERIFY_API_SUBMIT_RATE": "100000/min",
            "FACEVERIFY_LOG_FORMAT": "json",
            "PORT": str(self.port),
            **environment,
        }
        self.web: subprocess.Popen | None = None
        self.worker: subprocess.Popen | None = None
        self.live: subprocess.Popen | None = None
        self.others: list[subprocess.Popen] = []  # more workers
        self.keys: list[str] = []  # of accounts that nobody uses yet
        self.console = Console(self.environment)
        if tables:
            self._make_tables()

    def _make_tables(self) -> None:
        url = self.environment.get("DATABASE_URL", "sqlite:")
        if url.startswith("sqlite:"):
            (self.home / "var").mkdir(mode=0o700, exist_ok=True)
            (self.home / "var" / "db.sqlite3").write_bytes(sqlite_tables())
        elif self.environment.get("FACEVERIFY_SEARCH") or not fill_postgres(url):
            self.run("manage.py", "migrate", "--verbosity", "0")

    def run(self, *arguments: str, **environment: str) -> str:
        """Run Python in the site's environment, or one changed; what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT, env=self.environment | environment, capture_output=True, text=True, timeout=3 * PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, code: str) -> str:
        """What this Python prints, run in one process of the site for all that is asked."""
        return self.console.run(code, 3 * PATIENCE)

    def start_web(self) -> "Site":
        self.web = self.launch_web()
        eventually(lambda: answers(self.port), "the web process")
        return self

    def launch_web(self) -> subprocess.Popen:
        return self.launch(
            "web", "-m", "gunicorn", "--config", "python:faceverify.gunicorn", "faceverify.wsgi"
        )

    def start_worker(self, *, wait: bool = True) -> "Site":
        """A worker that serves all queues."""
        self.worker = self.launch_worker("worker")
        if wait:
            # Not the heartbeat of one that was killed a moment ago.
            eventually(lambda: self.worker_processes()[1:], "the worker's children")
            eventually(self._worker_is_seen, "the worker")
        return self

    def start_live(self) -> "Site":
        """The process that follows cameras."""
        self.live = self.launch("live", "-m", "faceverify.live")
        eventually(self._live_is_seen, "the process that follows cameras")
        return self

    def stop_live(self, number: int = signal.SIGTERM) -> int:
        """The exit status after this signal."""
        live = present(self.live)
        live.send_signal(number)
        status = live.wait(PATIENCE)
        self.live = None
        return status

    def _live_is_seen(self) -> bool:
        assert present(self.live).poll() is None, self.log("live")
        return requests.get(f"{self.url}/health/ready", timeout=60).json().get("live") == "ok"

    def start_another_worker(self, name: str, *options: str, **environment: str) -> psutil.Process:
        """One beside `worker`, with children; its main process."""
        started = self.launch_worker(name, *options, **environment)
        self.others.append(started)
        main = psutil.Process(started.pid)
        eventually(main.children, f"the children of {name}")
        return main

    def launch_worker(
        self, name: str, *options: str, **environment: str
    ) -> "subprocess.Popen[bytes]":
        return self.launch(
            name, "-m", "celery", "--quiet", "--app", "faceverify", "worker", "--without-gossip",
            "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING",
            "--hostname", f"{name}{self.port}@localhost", *options, **environment,
        )  # fmt: skip

    def _worker_is_seen(self) -> bool:
        assert present(self.worker).poll() is None, self.log("worker")
        return requests.get(f"{self.url}/health/ready", timeout=60).json()["worker"] == "ok"

    def launch(self, name: str, *arguments: str, **environment: str) -> subprocess.Popen:
        with (self.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT, env=self.environment | environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def log(self, name: str) -> str:
        path = self.home / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def worker_processes(self) -> list[psutil.Process]:
        """The worker's main process, and its children after it."""
        main = psutil.Process(present(self.worker).pid)
        return [main, *main.children(recursive=True)]

    def kill_worker(self) -> None:
        """SIGKILL, to the main process and the children: no handler runs, nothing is said."""
        victims = self.worker_processes()
        for process in victims:
            process.kill()
        psutil.wait_procs(victims, PATIENCE)
        present(self.worker).wait(PATIENCE)
        self.worker = None

    def stop_worker(self) -> int:
        """SIGTERM, as a deploy does; the exit status."""
        worker = present(self.worker)
        worker.send_signal(signal.SIGTERM)
        status = worker.wait(PATIENCE)
        self.worker = None
        return status

    def close(self) -> None:
        """Kill all: a test about the stop of a process waits for it before."""
        self.console.close()
        started = [p for p in (self.web, self.worker, self.live, *self.others) if p is not None]
        family = [c for p in started for c in psutil.Process(p.pid).children(recursive=True)]
        for process in (*started, *family):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for process in started:
            process.wait(PATIENCE)

    # What a client does.

    def new_key(self, email: str = "", **options) -> str:
        """The key of a new account, made with these options; with an `email` somebody can sign in to it,
        with PASSWORD."""
        if email or options:
            return self._new_keys([email or _address()], PASSWORD if email else None, options)[0]
        if not self.keys:
            self.keys = self._new_keys([_address() for _ in range(ACCOUNTS)], None, {})
        return self.keys.pop()

    def _new_keys(self, emails: list[str], password: str | None, options: dict) -> list[str]:
        return self.ask(
            "from accounts.models import User; from accounts.services import api_key_create\n"
            f"for email in {emails!r}:\n"
            f"    user = User.objects.create_user(email, {password!r})\n"
            f"    print(api_key_create(owner=user, name='test', **{options!r})[1])"
        ).split()

    def row(self, id: str) -> dict:
        """The database's columns of a verification that the API does not show."""
        return json.loads(
            self.ask(
                "import json; from verification.models import Verification as V\n"
                f"v = V.objects.get(pk={id!r})\n"
                "print(json.dumps({'attempts': v.attempts, 'state': v.state, 'folder': v.folder}))"
            )
        )


def _address() -> str:
    return f"{uuid4().hex}@example.org"


@contextlib.contextmanager
def site(home: Path, *, tables: bool = True, **environment: str):
    """A site with nothing started yet. Tests that do not change it share one, see conftest.py."""
    fail_without_marker()
    place = Site(home, tables=tables, **environment)
    try:
        yield place
    finally:
        place.close()
