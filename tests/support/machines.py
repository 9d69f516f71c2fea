"""What several machines share, as real servers for tests: Redis with TLS, and PgBouncer as deploy/ sets it up."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.servers import PATIENCE, ROOT, answers, eventually, free_port

POOLER = ROOT / "deploy/pgbouncer/pgbouncer.ini"
PASSWORD = "letters9"
SBIN = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


@contextlib.contextmanager
def tls_redis(certificate: Path, key: Path, ca: Path) -> Iterator[str]:
    """A Redis that speaks only TLS, and only with clients whose certificates `ca` has signed; its URL."""
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("the program redis-server is not installed")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="faceverify-redis-") as folder:
        server = subprocess.Popen(
            [program, "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--dir", folder, "--tls-cert-file", certificate, "--tls-key-file", key,
             "--tls-ca-cert-file", ca],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            eventually(lambda: answers(port), "redis-server")
            yield f"rediss://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(PATIENCE)


@contextlib.contextmanager
def pgbouncer(database: str, connections: int) -> Iterator[str]:
    """PgBouncer in front of a PostgreSQL of the tests, with so many connections to it; the URL of the
    same database through it. It refuses to run as root, as PostgreSQL does."""
    program = shutil.which("pgbouncer", path=SBIN)
    if not program:
        pytest.skip("the program pgbouncer is not installed")
    url, port = urlsplit(database), free_port()
    who: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="faceverify-pgbouncer-") as place:
        folder = Path(place)
        (folder / "users.txt").write_text(f'"{url.username}" "{PASSWORD}"\n')
        (folder / "pgbouncer.ini").write_text(
            _configured(
                {
                    "host=postgres port=5432 dbname=faceverify": f"host={url.hostname} port={url.port} dbname={url.path[1:]}",
                    "faceverify = host": f"{url.path[1:]} = host",
                    "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1",
                    "listen_port = 6432": f"listen_port = {port}",
                    "auth_file = /tmp": f"auth_file = {folder}",
                    "default_pool_size = 20": f"default_pool_size = {connections}",
                }
            )
        )
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (folder, *folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        server = subprocess.Popen(
            [program, "--quiet", folder / "pgbouncer.ini"], cwd=folder, stderr=subprocess.DEVNULL, **who
        )  # fmt: skip
        try:
            eventually(lambda: answers(port) or server.poll() is not None, "pgbouncer")
            assert server.poll() is None, "pgbouncer refuses its configuration"
            netloc = f"{url.username}:{PASSWORD}@127.0.0.1:{port}"
            yield url._replace(netloc=netloc).geturl()
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _configured(changes: dict[str, str]) -> str:
    """The file of the deployment, with what is different on this machine."""
    text = POOLER.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old} is not once in {POOLER.name}"
        text = text.replace(old, new)
    return text
