"""The Python client when the way to the server is bad. The server is real; a proxy spoils it."""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from faceverify_client import ApiError, Client, NotFinished, ServerUnreachable

from tests.support.faces import make_face


class Proxy:
    """Hands requests on to the site, each first through the next of `faults`:

    a number: answer with this status, 429 and 503 with `Retry-After: 7`;
    "lose": carry the request out, and break the connection instead of answering;
    "busy": say that the first request with this key is still being carried out;
    "later": do not wait for the verdict, and ask to come back in 7 seconds.
    """

    def __init__(self, target: str):
        proxy = self
        self.faults: list[int | str | None] = []
        self.seen: list[tuple[str, str | None]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                proxy.seen.append((self.command, self.headers.get("Idempotency-Key")))
                fault = proxy.faults.pop(0) if proxy.faults else None
                if isinstance(fault, int):
                    return self.answer(fault, b"{}", {"Retry-After": "7"})
                if fault == "busy":
                    return self.answer(409, b'{"code": "idempotency_in_progress"}', {})
                passed = ("Authorization", "Content-Type", "Idempotency-Key")
                headers = {k: v for k, v in self.headers.items() if k in passed}
                path = self.path.split("?")[0] if fault == "later" else self.path
                told = requests.request(
                    self.command, target + path, data=body, headers=headers, timeout=60
                )
                if fault == "lose":
                    return self.connection.close()
                asked = {"Retry-After": "7"} if fault == "later" else {}
                return self.answer(told.status_code, told.content, asked)

            do_POST = do_GET

            def answer(self, status, body, headers):
                self.send_response(status)
                headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def proxy(worker):
    proxy = Proxy(worker.url)
    yield proxy
    proxy.server.shutdown()
    proxy.server.server_close()


@pytest.fixture
def client(proxy, key):
    with Client(proxy.url, key) as client:
        yield client


def test_an_answer_lost_on_the_way_does_not_compare_twice(client, proxy, no_pauses):
    proxy.faults = ["lose"]

    verdict = client.compare(make_face(1), make_face(1, 1), title="lost answer")

    assert verdict.outcome == "match"
    assert [row.id for row in client.history(q="lost answer")] == [verdict.id]
    posts = [key for method, key in proxy.seen if method == "POST"]
    assert len(posts) == 2
    assert len(set(posts)) == 1
    assert posts[0]


def test_a_first_try_that_is_still_under_way_is_waited_for(client, proxy, no_pauses):
    proxy.faults = ["busy", "busy"]

    person = client.person_add("Patience")

    assert client.person(person.id).name == "Patience"
    keys = [key for method, key in proxy.seen if method == "POST"]
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_busy_server_is_asked_again_after_the_pause_it_asks_for(client, proxy, no_pauses):
    proxy.faults = [429, 503]

    assert list(client.history(q="nothing")) == []
    assert no_pauses == [7, 7]


def test_a_verdict_is_asked_for_as_often_as_the_server_wants(client, proxy, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr("faceverify_client.synchronous.client.sleep", pauses.append)
    proxy.faults = ["later"]

    verdict = client.compare(make_face(1), make_face(1, 1))

    assert verdict.outcome == "match"
    assert pauses[0] == 7


def test_but_not_later_than_its_user_would_wait(client, proxy, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr("faceverify_client.synchronous.client.sleep", pauses.append)
    proxy.faults = ["later"]

    with suppress(NotFinished):  # the pause was not waited
        client.compare(make_face(1), make_face(1, 1), patience=2)

    assert 0 < pauses[0] <= 2


def test_pauses_grow_when_the_server_does_not_say(client, proxy, no_pauses):
    proxy.faults = ["lose", "lose", "lose", "lose"]

    client.post("people/", json={"name": "Once"})

    assert len(no_pauses) == 4
    assert no_pauses[3] > no_pauses[0]


def test_every_new_post_has_a_key_of_its_own(client, proxy):
    for name in ("One", "Other"):
        client.person_add(name)

    keys = [key for _method, key in proxy.seen]
    assert len(set(keys)) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500])
def test_what_would_not_help_is_not_tried_again(client, proxy, no_pauses, status):
    proxy.faults = [status]

    with pytest.raises(ApiError) as error:
        client.person_add("Nobody")

    assert error.value.status == status
    assert len(proxy.seen) == 1
    assert no_pauses == []


def test_tries_end(client, proxy, no_pauses):
    proxy.faults = [503] * 10

    with pytest.raises(ApiError) as error:
        list(client.people())

    assert error.value.is_temporary
    assert len(proxy.seen) == 6


def test_a_server_that_is_not_there_is_named(key, no_pauses):
    with Client("http://127.0.0.1:1", key) as client:
        with pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1 does not answer"):
            list(client.people())
    assert len(no_pauses) == 5


def test_pages_are_followed_to_the_end(client):
    for number in range(3):
        client.person_add(f"Page {number}")

    seen = [raw["id"] for raw in client.pages("people/", {"q": "Page", "page_size": 1})]

    assert len(seen) == len(set(seen)) == 3
