"""Any process of a worker may die or hang, on either queue: work goes on."""

import os
import signal

import psutil
import pytest

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import PATIENCE, eventually, redis_server, site
from verification.worker import children


@pytest.fixture(
    scope="module",
    params=["embedded", pytest.param("redis", marks=[pytest.mark.redis, pytest.mark.slow])],
)
def place(request, tmp_path_factory):
    """A site with a worker of two children."""
    home = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with site(home, FACEVERIFY_WORKERS="2") as place:
            yield place.start_web().start_worker()
    else:
        with redis_server() as url, site(home, REDIS_URL=url, FACEVERIFY_WORKERS="2") as place:
            yield place.start_web().start_worker()


@pytest.fixture(scope="module")
def client(place):
    return Client(place, place.new_key())


def answered(client) -> None:
    """A comparison that is submitted now has its verdict."""
    id = client.submit(make_face(1), make_face(1, 1)).json()["id"]
    eventually(lambda: client.get(id)["outcome"] == "match", f"the verdict on {id}")


@pytest.mark.server
def test_idle_children_that_are_killed_are_replaced(place, client):
    answered(client)
    for _time in range(3):
        for child in place.worker_processes()[1:]:
            child.kill()
        answered(client)
        eventually(lambda: len(place.worker_processes()) == 3, "both children")


@pytest.mark.server
def test_one_child_after_the_other_is_killed_while_tasks_come_in(place, client):
    ids = []
    for n in range(12):
        ids.append(client.submit(make_face(1), make_face(1, 1)).json()["id"])
        if n % 2 and (alive := place.worker_processes()[1:]):
            alive[n // 2 % len(alive)].kill()

    assert {client.finished(id)["state"] for id in ids} == {"done"}
    answered(client)


@pytest.mark.server
def test_children_end_with_the_main_process_and_a_new_worker_goes_on(place, client):
    main, *orphans = place.worker_processes()

    main.kill()
    place.worker.wait(PATIENCE)
    submitted = client.submit(make_face(1), make_face(1, 1)).json()["id"]
    _gone, alive = psutil.wait_procs(orphans, timeout=PATIENCE)
    assert alive == []

    place.start_worker()
    assert client.finished(submitted)["outcome"] == "match"


@pytest.mark.server
@pytest.mark.slow
def test_children_that_hang_are_found_and_replaced(place, client):
    answered(client)
    hanging = place.worker_processes()[1:]
    for child in hanging:
        os.kill(child.pid, signal.SIGSTOP)

    id = client.submit(make_face(1), make_face(1, 1)).json()["id"]

    patience = PATIENCE + 2 * children.SILENT_SECONDS
    eventually(lambda: client.get(id)["outcome"] == "match", "the verdict", patience)
    # One that had nothing to do may be found after the verdict.
    eventually(lambda: not any(child.is_running() for child in hanging), "their end", patience)
