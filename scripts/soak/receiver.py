"""A program that receives webhooks and sometimes fails."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UNAVAILABLE, TAKEN = 503, 204


class Receiver:
    """Takes messages; of every `fail_every` attempts one is answered 503, and the next such one not at
    all.

    Attributes:
        taken: how often each message was taken, by its `webhook-id`.
        about: the event of each message, and the id that it is about.
        failed: how many attempts it failed.
    """

    def __init__(self, fail_every: int):
        self.taken: Counter[str] = Counter()
        self.about: dict[str, tuple[str, str]] = {}
        self.attempts = self.failed = 0
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver.lock:
                    receiver.attempts += 1
                    fails = receiver.attempts % fail_every == 0
                    receiver.failed += fails
                    if not fails:
                        id = self.headers["webhook-id"]
                        receiver.taken[id] += 1
                        receiver.about[id] = (body["type"], body["data"]["id"])
                if fails and receiver.failed % 2 == 0:
                    self.close_connection = True
                    return
                self.send_response(UNAVAILABLE if fails else TAKEN)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
