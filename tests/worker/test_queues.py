"""Each kind of work has a queue and processes of its own: none holds up another."""

import os
import threading
from collections.abc import Iterator

import pytest

from faceverify.api.scopes import Scope
from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.receiver import Receiver
from tests.support.servers import PATIENCE, Site, eventually, site
from tests.support.zips import packed
from verification.jobs.queues import BULK, INTERACTIVE, WEBHOOKS


@pytest.fixture
def place(tmp_path) -> Iterator[Site]:
    """A site with a worker for each queue, as `make run` starts them."""
    with site(tmp_path, FACEVERIFY_WEBHOOK_PRIVATE="true") as place:
        place.start_web()
        for queue in (INTERACTIVE, BULK, WEBHOOKS):
            place.start_another_worker(queue, "--queues", queue)
        yield place


@pytest.mark.server
def test_a_long_export_and_slow_webhooks_hold_up_no_comparison(place):
    client, receiver = Client(place, place.new_key(scopes=list(Scope.values))), Receiver()
    api = f"{place.url}/api/v1"

    def post(path: str, **options) -> dict:
        answer = client.session.post(f"{api}{path}", timeout=60, **options)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def until(path: str, state: str) -> None:
        eventually(
            lambda: client.session.get(f"{api}{path}", timeout=60).json()["state"] == state, path
        )

    archive = packed([("Ada/1.jpg", make_face(1))])
    added = post("/imports/", files={"archive": ("people.zip", archive)})
    until(f"/imports/{added['id']}/", "done")
    (photo,) = (place.home / "media/anchors").glob("*/*/image*")
    kept = photo.rename(place.home / "kept")  # no file of a run that was lost
    os.mkfifo(photo)  # who reads it waits
    export = f"/exports/{post('/exports/')['id']}/"
    until(export, "running")

    receiver.held = threading.Event()
    for _n in range(3):  # more than there are processes
        hook = post("/webhooks/", json={"url": receiver.url, "events": ["batch.completed"]})
        post(f"/webhooks/{hook['id']}/test/")
    eventually(lambda: len(receiver.received) >= 2, "two webhooks that wait for their receiver")

    for n in (1, 2, 3, 4):
        compared = client.submit(make_face(1), make_face(n))
        assert client.finished(compared.json()["id"])["state"] == "done"
    assert client.session.get(f"{api}{export}", timeout=60).json()["state"] == "running"

    ids = [client.submit(make_face(1), make_face(1, 1)).json()["id"] for _ in range(20)]
    with photo.open("wb") as pipe:
        pipe.write(kept.read_bytes())
    until(export, "done")  # beside the comparisons
    assert {client.finished(id)["outcome"] for id in ids} == {"match"}
    receiver.close()


@pytest.mark.server
def test_a_worker_takes_the_processes_that_its_queue_is_given_and_webhooks_need_no_model(tmp_path):
    numbers = {"FACEVERIFY_WORKERS": "1", "FACEVERIFY_WEBHOOK_WORKERS": "3"}
    nowhere = {"FACEVERIFY_MODEL": str(tmp_path / "nowhere")}
    with site(tmp_path, **numbers) as place:  # type: ignore[arg-type]
        main = place.start_another_worker(WEBHOOKS, "--queues", WEBHOOKS, **nowhere)

        eventually(lambda: len(main.children()) == 3, "its children")
        misspelt = place.launch_worker("misspelt", "--queues", "webhook")
        assert misspelt.wait(PATIENCE) != 0
        assert "webhook" in place.log("misspelt")
