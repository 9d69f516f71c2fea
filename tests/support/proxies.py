"""The proxy of a deployment, for tests: nginx with the configuration of deploy/nginx."""

import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import PATIENCE, ROOT, answers, eventually, free_port

CONFIGURATION = ROOT / "deploy/nginx/faceverify.conf"
AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/faceverify.conf;
}}
"""


class Proxy:
    """Where a proxy listens."""

    def __init__(self) -> None:
        self.http, self.https = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.https}"

    def connect(self) -> ssl.SSLSocket:
        """A connection with TLS on which nothing was sent yet."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=60)
        return context.wrap_socket(plain, server_hostname="localhost")

    def configuration(self, folder: Path, web: list[int], live: int) -> str:
        """The file of the deployment, with ports and folders of this machine."""
        text = CONFIGURATION.read_text()
        (line,) = re.findall(r".*server web:8000.*\n", text)
        lines = [line.replace("web:8000", f"127.0.0.1:{port}") for port in web]
        text = text.replace(line, "".join(lines))
        for old, new in {
            r"\b8443\b": str(self.https),
            r"\b8080\b": str(self.http),
            "live:8001": f"127.0.0.1:{live}",
            "/certificates/": f"{folder}/certificates/",
            "/var/cache/nginx/": f"{folder}/",
        }.items():
            text, found = re.subn(old, new, text)
            assert found, f"{old} is not in {CONFIGURATION.name}"
        return text


@contextlib.contextmanager
def proxy(folder: Path, *web: int, live: int | None = None) -> Iterator[Proxy]:
    """nginx in front of the web processes on these ports, and of the one that follows cameras."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if not program:
        pytest.skip("the program nginx is not installed")
    folder.mkdir(exist_ok=True, mode=0o755)
    folder.chmod(0o755)  # its processes may run as another user
    subprocess.run(
        [sys.executable, ROOT / "scripts/certificate.py", folder / "certificates", "localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    place = Proxy()
    (folder / "faceverify.conf").write_text(
        place.configuration(folder, list(web), live or free_port())
    )
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    server = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        eventually(lambda: answers(place.https) or server.poll() is not None, "nginx")
        assert server.poll() is None, (folder / "error.log").read_text()
        yield place
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextlib.contextmanager
def dripping(place: Proxy, key: str, clients: int) -> Iterator[list[ssl.SSLSocket]]:
    """So many clients that have begun requests: half of them stopped in the head, half in the body."""
    with contextlib.ExitStack() as stack:
        connections = []
        for number in range(clients):
            connection = stack.enter_context(place.connect())
            head = f"POST /api/v1/verifications/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
            body = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000\r\n\r\n--x\r\n"
            connection.sendall((head + body if number % 2 else head).encode())
            connections.append(connection)
        yield connections


def drip(connections: list[ssl.SSLSocket], seconds: float) -> None:
    """Send a byte on each connection every second for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(b"-")
        time.sleep(1)
