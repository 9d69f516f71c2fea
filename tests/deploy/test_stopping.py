"""A web process that is told to stop: nobody who asks meanwhile is let down."""

import http.client
import signal

import psutil
import pytest
import requests

from tests.support.present import present
from tests.support.servers import PATIENCE, answers, eventually, site

pytestmark = pytest.mark.server


def test_told_to_stop_it_turns_requests_away_and_answers_those_that_come_all_the_same(tmp_path):
    with site(tmp_path, FACEVERIFY_DRAIN_SECONDS="4") as place:
        web = present(place.start_web().web)
        kept = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
        kept.request("GET", "/health/ready")
        before = kept.getresponse()
        assert (before.status, bool(before.read())) == (200, True)

        web.send_signal(signal.SIGTERM)

        ready = f"{place.url}/health/ready"
        told = eventually(
            lambda: (a := requests.get(ready, timeout=60)).status_code == 503 and a.json(),
            "its word",
        )
        assert told["web"] == "stopping"
        kept.request("GET", "/health/live")
        answer = kept.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert requests.get(f"{place.url}/accounts/login/", timeout=60).status_code == 200
        eventually(lambda: not answers(place.port), "connections to be refused")
        assert web.wait(PATIENCE) == 0
        place.web = None


def test_what_waits_in_the_kernels_queue_when_it_stops_is_answered(tmp_path):
    with site(tmp_path, FACEVERIFY_WEB_THREADS="2") as place:
        web = present(place.start_web().web)
        main = psutil.Process(web.pid)
        family = [main, *main.children()]
        waiting = [http.client.HTTPConnection("127.0.0.1", place.port, timeout=60) for _ in range(40)]  # fmt: skip
        for process in family:
            process.suspend()
        for connection in waiting:
            connection.request("GET", "/health/live")

        for process in family:
            process.terminate()
            process.resume()

        assert {connection.getresponse().status for connection in waiting} == {200}
        assert web.wait(PATIENCE) == 0
        place.web = None
