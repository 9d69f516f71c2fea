"""Machines whose clocks differ by ten minutes lose nothing and do nothing twice."""

import pytest

from faceverify.api.scopes import Scope
from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import Site, site
from tests.worker.test_worker import Blocked

# Python runs it at its start: from then on this process reads another clock.
SHIFTED = """
import datetime, os, time
from django.utils import timezone
seconds, right = float(os.environ["TEST_CLOCK_SECONDS"]), time.time
time.time = lambda: right() + seconds
timezone.now = lambda: datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc)
"""
SAY = (
    "from django.utils import timezone; import time; print(timezone.now().timestamp(), time.time())"
)


@pytest.fixture
def place(tmp_path, request):
    """With a time limit of so many seconds for a run: a lease is ten seconds longer."""
    limit = getattr(request, "param", "200")
    with site(tmp_path, FACEVERIFY_TIME_LIMIT=limit) as place:
        yield place.start_web()


@pytest.fixture
def client(place):
    """Has a webhook: a worker that starts looks whether it can decrypt its secret, and else at a photo."""
    client = Client(place, place.new_key(scopes=list(Scope.values)))
    webhook = {"url": "https://receiver.example.org/", "events": ["batch.completed"]}
    answer = client.session.post(f"{place.url}/api/v1/webhooks/", json=webhook, timeout=60)
    assert answer.status_code == 201, answer.text
    return client


def clock(place, minutes: int) -> dict[str, str]:
    """The environment of a process whose clock is so many minutes ahead."""
    (place.home / "sitecustomize.py").write_text(SHIFTED)
    return {"PYTHONPATH": str(place.home), "TEST_CLOCK_SECONDS": str(60 * minutes)}


@pytest.mark.server
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(10, id="the busy one is ahead"),
        pytest.param(-10, id="the busy one is behind", marks=pytest.mark.slow),
    ],
)
def test_a_worker_leaves_the_other_what_it_is_doing(place, client, first):
    id = client.submit(make_face(1), make_face(1, 1)).json()["id"]
    blocked = Blocked(place, id)
    place.start_another_worker("busy", **clock(place, first))
    client.in_state(id, "running")

    place.start_another_worker("other", **clock(place, -first))
    for n in (1, 2, 3):  # while the other one sweeps
        later = client.submit(make_face(1), make_face(n)).json()["id"]
        assert client.finished(later)["state"] == "done"
    assert (place.row(id)["state"], place.row(id)["attempts"]) == ("running", 1)

    with blocked.photo.open("wb") as pipe:
        pipe.write(blocked.as_read_in_one_go)
    assert client.finished(id)["outcome"] == "match"
    assert place.row(id)["attempts"] == 1
    blocked.restore()


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("place", ["5"], indirect=True, ids=["a short lease"])
def test_what_a_killed_worker_with_a_wrong_clock_was_doing_is_done_by_the_other(place, client):
    id = client.submit(make_face(1), make_face(1, 1)).json()["id"]
    blocked = Blocked(place, id)
    ahead = place.start_another_worker("ahead", **clock(place, 10))
    client.in_state(id, "running")

    for process in [ahead, *ahead.children(recursive=True)]:
        process.kill()
    blocked.restore()
    place.start_another_worker("behind", **clock(place, -10))

    assert client.finished(id)["outcome"] == "match"
    assert place.row(id)["attempts"] == 2


def test_the_clocks_of_this_test_do_differ(tmp_path):
    place = Site(tmp_path, tables=False)

    told = [place.run("-c", SAY, **clock(place, minutes)).split() for minutes in (10, -10)]

    for ahead, behind in zip(*told, strict=True):
        assert float(ahead) - float(behind) == pytest.approx(1200, abs=60)
