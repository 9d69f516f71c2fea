"""A program that receives webhooks: a real HTTP server on this machine."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Message:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Checked as the Standard Webhooks convention asks of receivers, by code of its own."""
        key = base64.b64decode(secret[len("whsec_") :])
        id, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        signed = b".".join([id.encode(), timestamp.encode(), self.body])
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{right}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    """Answers with the next of `answers` (a status, or (status, headers, body)), then with 204.

    `held`: an event that a request waits for before it is answered.
    """

    def __init__(self):
        receiver = self
        self.received: list[Message] = []
        self.answers: list[int | tuple[int, dict[str, str], bytes]] = []
        self.held: threading.Event | None = None

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Message(self.path, headers, body))
                if receiver.held is not None:
                    receiver.held.wait(60)
                answer = receiver.answers.pop(0) if receiver.answers else 204
                status, extra, content = answer if isinstance(answer, tuple) else (answer, {}, b"")
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    pass  # the sender reads only so much

            do_GET = do_POST

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        if self.held is not None:
            self.held.set()
        self.server.shutdown()
        self.server.server_close()
