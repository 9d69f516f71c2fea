"""Other programs that people are imported from, as small servers on this machine."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

Answer = tuple[int, bytes]


@dataclass
class Peer:
    """A server: `answer` is given method, path with query, header fields and body."""

    answer: Callable[[str, str, dict[str, str], bytes], Answer]
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def peer(answer: Callable[[str, str, dict[str, str], bytes], Answer]) -> Iterator[Peer]:
    """A server that answers so."""
    running = Peer(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            running.asked.append((self.command, self.path))
            status, content = running.answer(self.command, self.path, headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

        def log_message(self, *_arguments) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()


KEY = "0c2f7f4e-7d5a-4b1f-9a5a-3f6c0f2b9d11"


def image_id(subject: str, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{subject}/{number}"))


def compreface(people: dict[str, list[bytes | None]], *, key: str = KEY, page: int = 2):
    """What a CompreFace with these subjects answers, of faces at most so many on a page; None: a photo of
    which it kept the numbers only."""
    faces = [
        (image_id(name, number), name, photo)
        for name, photos in people.items()
        for number, photo in enumerate(photos)
    ]
    photos_by_id = {id: photo for id, _name, photo in faces}

    def answer(method: str, path: str, headers: dict[str, str], _body: bytes) -> Answer:
        parts = urlsplit(path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if headers.get("x-api-key") != key:
            return 404, json.dumps({"message": "no such service", "code": 10}).encode()
        if method != "GET":
            return 405, b"{}"
        if parts.path.rstrip("/") == "/api/v1/recognition/subjects":
            return 200, json.dumps({"subjects": list(people)}).encode()
        if parts.path.rstrip("/") == "/api/v1/recognition/faces":
            number, size = int(query.get("page", 0)), min(int(query.get("size", 20)), page)
            shown = faces[number * size : (number + 1) * size]
            told = [{"image_id": id, "subject": name} for id, name, _photo in shown]
            pages = -(-len(faces) // size)
            return 200, json.dumps({"faces": told, "total_pages": pages}).encode()
        photo = photos_by_id.get(unquote(parts.path.split("/")[-2]))
        return (200, photo) if photo else (404, b'{"message": "no image", "code": 11}')

    return answer


def rekognition(faces: list[dict], *, collection: str = "people", page: int = 2):
    """What ListFaces answers for a collection with these faces."""

    def answer(method: str, _path: str, headers: dict[str, str], body: bytes) -> Answer:
        asked = json.loads(body)
        if headers.get("x-amz-target") != "RekognitionService.ListFaces" or method != "POST":
            return 400, b'{"__type": "UnknownOperationException"}'
        if asked["CollectionId"] != collection:
            return 400, b'{"__type": "ResourceNotFoundException"}'
        start = int(asked.get("NextToken", "0"))
        told: dict = {"Faces": faces[start : start + page], "FaceModelVersion": "7.0"}
        if start + page < len(faces):
            told["NextToken"] = str(start + page)
        return 200, json.dumps(told).encode()

    return answer
