"""Programs that ask for verdicts on pairs of photos over REST, and how long each answer took."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.faces import make_face

PAIRS = 24
BOUNDARY = "faceverify-capacity"
ASKED = "/api/v1/verifications/?wait=10"
AT_ONCE = 64  # answers that may be waited for


@dataclass(frozen=True)
class Answer:
    """Of one request: the row's id, and the time from the moment it was due until the answer was read."""

    id: str
    seconds: float
    finished: bool
    size: int  # bytes


@dataclass
class Asked:
    """What a run of requests came to."""

    seconds: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    model: str = ""

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds

    @property
    def latencies(self) -> list[float]:
        return [answer.seconds for answer in self.answers]


class Clients:
    """They have one API key and send the same pairs in turns."""

    def __init__(self, port: int, key: str, lfw: Path | None = None):
        self.port = port
        self.bodies = [_body(*pair) for pair in _pairs(lfw)]
        self.headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }

    @property
    def request_bytes(self) -> float:
        return sum(map(len, self.bodies)) / len(self.bodies)

    def closed(self, clients: int, seconds: float) -> Asked:
        """So many, each of which asks again as soon as it has its answer."""
        begun = time.monotonic()
        return self._run(clients, lambda n: None if time.monotonic() - begun > seconds else 0.0)

    def open(self, moments: list[float]) -> Asked:
        """One request at each moment, in seconds from now, whether or not earlier ones are answered."""
        return self._run(AT_ONCE, lambda n: moments[n] if n < len(moments) else None)

    def read(self, id: str, seconds: float) -> int:
        """Read one finished row again and again; how often."""
        connection, ends, times = self._connection(), time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            connection.request("GET", f"/api/v1/verifications/{id}/", headers=self.headers)
            connection.getresponse().read()
            times += 1
        return times

    def _run(self, clients: int, due) -> Asked:
        """`due(n)` says when the request of this number is due: 0, at once; None, never."""
        asked, lock, begun = Asked(), threading.Lock(), time.monotonic()
        numbers = iter(range(10**9))
        failed: list[BaseException] = []

        def ask() -> None:
            try:
                connection = self._connection()
                while True:
                    with lock:
                        number = next(numbers)
                    moment = due(number)
                    if moment is None:
                        return
                    if moment:
                        time.sleep(max(0.0, begun + moment - time.monotonic()))
                    since = begun + moment if moment else time.monotonic()
                    body = self._ask(connection, number)
                    answer = _answer(body, time.monotonic() - since)
                    with lock:
                        asked.answers.append(answer)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=ask) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        asked.seconds = time.monotonic() - begun
        return asked

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def _ask(self, connection: http.client.HTTPConnection, number: int) -> bytes:
        connection.request("POST", ASKED, self.bodies[number % PAIRS], self.headers)
        response = connection.getresponse()
        body = response.read()
        if response.status not in (200, 201, 202):
            raise SystemExit(f"The site answered {response.status}: {body[:300]!r}")
        return body


def _answer(body: bytes, seconds: float) -> Answer:
    row = json.loads(body)
    return Answer(row["id"], seconds, row["state"] == "done", len(body))


def _pairs(lfw: Path | None) -> Iterator[tuple[bytes, bytes]]:
    """Drawn photos, or those of a folder of Labeled Faces in the Wild; half of the pairs of one person."""
    if lfw is None:
        for n in range(PAIRS):
            yield make_face(n % 6, n), make_face((n + n % 2) % 6, n + 100)
        return
    people = [sorted(folder.glob("*.jpg")) for folder in sorted(lfw.iterdir())]
    people = [photos for photos in people if len(photos) > 1][: PAIRS + 1]
    if len(people) <= PAIRS:
        raise SystemExit(f"{lfw} does not hold {PAIRS + 1} people with several photos.")
    for n in range(PAIRS):
        yield people[n][0].read_bytes(), people[n + n % 2][1].read_bytes()


def _body(probe: bytes, reference: bytes) -> bytes:
    parts = b""
    for name, data in (("probe", probe), ("reference", reference)):
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{name}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        parts += head.encode() + data + b"\r\n"
    return parts + f"--{BOUNDARY}--\r\n".encode()
