"""Machines whose clocks differ by ten minutes lose nothing and do nothing twice."""

import pytest

from tests.support.faces import make_face
from tests.support.servers import Client, site
from tests.worker.test_worker import Blocked

# Python imports it at its start: this process has another clock from then on.
SHIFTED = """
import datetime, os, time
seconds = float(os.environ["TEST_CLOCK_SECONDS"])
real_time, real_datetime = time.time, datetime.datetime
time.time = lambda: real_time() + seconds
class Kind(type):
    def __instancecheck__(cls, thing):
        return isinstance(thing, real_datetime)
class Shifted(real_datetime, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return real_datetime.now(tz) + datetime.timedelta(seconds=seconds)
    @classmethod
    def utcnow(cls):
        return real_datetime.utcnow() + datetime.timedelta(seconds=seconds)
datetime.datetime = Shifted
"""
SAY = (
    "from django.utils import timezone; import time; print(timezone.now().timestamp(), time.time())"
)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SHIFTED)
    with site(tmp_path, FACEVERIFY_TIME_LIMIT="20") as place:
        yield place.start_web()


def clock(place, minutes: int) -> dict[str, str]:
    """The environment of a process whose clock is so many minutes ahead."""
    return {"PYTHONPATH": str(place.home), "TEST_CLOCK_SECONDS": str(60 * minutes)}


@pytest.mark.server
@pytest.mark.parametrize(
    "first", [10, -10], ids=["the busy one is ahead", "the busy one is behind"]
)
def test_a_worker_leaves_the_other_what_it_is_doing(place, first):
    client = Client(place, place.new_key())
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
        pipe.write(blocked.kept.read_bytes())
    assert client.finished(id)["outcome"] == "match"
    assert place.row(id)["attempts"] == 1
    blocked.restore()


@pytest.mark.server
def test_what_a_killed_worker_with_a_wrong_clock_was_doing_is_done_by_the_other(place):
    client = Client(place, place.new_key())
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


@pytest.mark.server
def test_the_clocks_of_this_test_do_differ(place):
    told = [
        place.run("manage.py", "shell", "--no-imports", "-c", SAY, **clock(place, minutes)).split()
        for minutes in (10, -10)
    ]

    (ahead, ahead_too), (behind, behind_too) = told
    for difference in (float(ahead) - float(behind), float(ahead_too) - float(behind_too)):
        assert 1200 <= difference < 1260 or -60 < difference - 1200 < 60
