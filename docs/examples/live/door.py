"""A site of another origin that asks for live sessions: python docs/examples/live/door.py

FACEVERIFY_URL and FACEVERIFY_KEY say which server it asks, by the Python client next door; PORT is where it
listens itself (8100). The key never leaves this program: the page gets a token that opens one session, and
what came of it is fetched here.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from faceverify_client import ApiError, Client

SERVER = os.environ["FACEVERIFY_URL"].rstrip("/")
PORT = int(os.environ.get("PORT", "8100"))
ORIGIN = f"http://localhost:{PORT}"  # browsers hand a camera to localhost; anywhere else use HTTPS
PAGE = Path(__file__).with_name("index.html").read_text().replace("SERVER", SERVER)

faceverify = Client(SERVER, os.environ["FACEVERIFY_KEY"])


def session() -> dict[str, Any]:
    """A session for everyone in the gallery; only pages of this origin can use its token."""
    made = faceverify.post("live_sessions/", json={"task": "identify", "origins": [ORIGIN]})
    return {"server": SERVER, "session": made["id"], "token": made["token"]}


def enter(session: str) -> dict[str, Any]:
    """Here the site decides; the page never learns more than that."""
    return {"open": faceverify.get(f"live_sessions/{session}/")["outcome"] == "match"}


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(200, PAGE.encode(), "text/html; charset=utf-8")
        else:
            self._answer(404, b"", "text/plain")

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        try:
            told = session() if self.path == "/session" else enter(str(sent["session"]))
        except ApiError as error:
            self._answer(error.status, json.dumps(error.problem).encode(), "application/json")
        else:
            self._answer(200, json.dumps(told).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


if __name__ == "__main__":
    print(f"{ORIGIN} asks {SERVER}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", PORT), Door).serve_forever()
