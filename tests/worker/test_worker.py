"""A real worker beside a real web process: what is submitted gets its verdict, once, come what may."""

import os
import shutil
import signal
import stat
from pathlib import Path

import psutil
import pytest
from cryptography.fernet import Fernet

from tests.support.faces import make_face, no_face, two_faces
from tests.support.programs import Client
from tests.support.servers import PATIENCE, eventually, free_port, redis_server, site


@pytest.fixture(scope="module")
def client(place):
    return Client(place, place.new_key())


class Blocked:
    """A stored photo swapped for a named pipe: who opens it stops in mid-comparison, for as long
    as the test likes."""

    def __init__(self, place, verification_id: str):
        self.photo = place.home / "media" / place.row(verification_id)["folder"] / "probe"
        self.kept = place.home / f"kept-{verification_id}"  # no file of a run that was lost
        self.photo.rename(self.kept)
        os.mkfifo(self.photo)

    @property
    def as_read_in_one_go(self) -> bytes:
        """The photo as earlier versions stored it: the files of today are read here and there, which
        a pipe cannot be."""
        (key,) = (self.photo.parents[4] / "var/file_keys").read_text().split()
        return Fernet(key).encrypt(make_face(1, 0))

    def restore(self) -> None:
        assert stat.S_ISFIFO(self.photo.stat().st_mode)
        self.photo.unlink()
        self.kept.rename(self.photo)


def submit(client, probe=None, reference=None, **options) -> str:
    answer = client.submit(probe or make_face(1, 0), reference or make_face(1, 1), **options)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def test_a_verdict_comes_within_the_wait(worker, client):
    def answered():  # not at once on a machine that does much else
        sent = client.submit(make_face(1, 0), make_face(1, 1), wait=10)
        assert sent.status_code in (201, 202), sent.text
        return sent if sent.status_code == 201 else client.finished(sent.json()["id"]) and None

    answer = eventually(answered, "a verdict within the wait")

    body = answer.json()
    assert (body["state"], body["outcome"]) == ("done", "match")
    assert answer.headers["Location"].endswith(f"/api/v1/verifications/{body['id']}/")


def test_two_people_are_told_apart(worker, client):
    assert client.verdict(make_face(1, 0), make_face(2, 0))["outcome"] == "no_match"


def test_a_photo_without_a_face_is_refused_with_a_remedy(worker, client):
    body = client.verdict(make_face(1, 0), no_face())

    assert body["state"] == "refused"
    assert body["outcome"] is None
    assert body["refusal"]["code"] == "no_face_found"
    assert body["refusal"]["which"] == "reference"
    assert body["refusal"]["remedy"]


def test_two_faces_are_listed_so_that_one_can_be_chosen(worker, client):
    body = client.verdict(two_faces(), make_face(1, 0))

    assert body["state"] == "refused", body
    assert body["refusal"]["code"] == "several_faces"
    assert [face["index"] for face in body["refusal"]["faces"]] == [0, 1]


def test_the_worker_does_not_load_tensorflow_and_stays_small(worker, client):
    client.finished(submit(client))

    for process in worker.worker_processes():
        maps = Path(f"/proc/{process.pid}/maps")
        if maps.exists():
            assert "tensorflow" not in maps.read_text()
        assert process.memory_info().rss < 300 * 2**20


def test_a_lost_queue_loses_no_work(no_worker, client):
    id = submit(client)
    shutil.rmtree(no_worker.home / "var/queue/messages")
    (no_worker.home / "var/queue/messages").mkdir()

    no_worker.start_worker()

    assert client.finished(id)["outcome"] == "match"


SUBMIT = """
from tests.support.faces import make_face; from tests.support.submissions import submit_pair
from verification.models import Verification
owner = Verification.objects.get(pk="{id}").owner
print(submit_pair(owner=owner, probe=make_face(1), reference=make_face(1, 1)).pk)
"""


def test_a_message_lost_while_the_worker_runs_is_made_up_for(worker, client, tmp_path):
    """It goes to a queue that nobody listens to."""
    var = worker.home / "var"
    earlier = submit(client)
    id = worker.run(
        "manage.py", "shell", "--no-imports", "-c", SUBMIT.format(id=earlier),
        FACEVERIFY_VAR=str(tmp_path),
        FACEVERIFY_FILE_KEYS=(var / "file_keys").read_text().strip(),
        DATABASE_URL=f"sqlite:///{var / 'db.sqlite3'}",
    ).strip()  # fmt: skip
    assert len(list((tmp_path / "queue/messages").iterdir())) == 1

    assert client.finished(id)["outcome"] == "match"


def test_a_queue_folder_removed_under_the_worker_is_made_again(worker, client):
    shutil.rmtree(worker.home / "var/queue/messages")

    assert client.finished(submit(client))["outcome"] == "match"


def test_sigkill_in_mid_comparison_loses_nothing(no_worker, client):
    id = submit(client)
    blocked = Blocked(no_worker, id)
    no_worker.start_worker()
    client.in_state(id, "running")

    no_worker.kill_worker()
    blocked.restore()
    assert client.get(id)["state"] == "running"
    no_worker.start_worker()

    first = client.finished(id)
    assert (first["state"], first["outcome"]) == ("done", "match")
    assert no_worker.row(id)["attempts"] == 2
    crops = {
        file.name for file in (no_worker.home / "media" / no_worker.row(id)["folder"]).iterdir()
    }
    assert crops == {"probe", "reference", "probe_crop", "reference_crop"}


def test_a_killed_child_is_replaced_and_its_comparison_tried_again(no_worker, client):
    id = submit(client)
    assert client.get(id)["state"] == "pending"  # until there is a worker
    blocked = Blocked(no_worker, id)
    no_worker.start_worker()
    client.in_state(id, "running")
    _main, child = no_worker.worker_processes()

    blocked.restore()
    child.kill()

    assert client.finished(id)["outcome"] == "match"
    assert no_worker.row(id)["attempts"] == 2


def test_three_lost_tries_end_in_failed(no_worker, client):
    id = submit(client)
    blocked = Blocked(no_worker, id)
    no_worker.start_worker()

    for attempt in (1, 2, 3):
        eventually(lambda n=attempt: no_worker.row(id)["attempts"] == n, "the next try")
        for child in no_worker.worker_processes()[1:]:
            child.kill()

    body = client.finished(id)
    assert (body["state"], body["failure"]) == ("failed", {"code": "worker_lost"})
    assert no_worker.row(id)["attempts"] == 3
    blocked.restore()


def test_sigterm_lets_the_running_comparison_end(no_worker, client):
    id = submit(client)
    blocked = Blocked(no_worker, id)
    no_worker.start_worker()
    client.in_state(id, "running")

    no_worker.worker.send_signal(signal.SIGTERM)
    with blocked.photo.open("wb") as pipe:  # opens once the comparison reads
        pipe.write(blocked.as_read_in_one_go)

    assert no_worker.worker.wait(PATIENCE) == 0
    no_worker.worker = None
    assert client.get(id)["outcome"] == "match"
    assert no_worker.row(id)["attempts"] == 1
    blocked.restore()


def test_a_deleted_verification_is_not_brought_back_by_its_run(no_worker, client):
    id = submit(client)
    folder = no_worker.home / "media" / no_worker.row(id)["folder"]
    blocked = Blocked(no_worker, id)
    no_worker.start_worker()
    client.in_state(id, "running")
    photo = blocked.kept.read_bytes()
    pipe = os.open(blocked.photo, os.O_WRONLY)  # the comparison is at the other end

    url = f"{no_worker.url}/api/v1/verifications/{id}/"
    assert client.session.delete(url, timeout=60).status_code == 204
    os.write(pipe, photo[:4096])
    os.close(pipe)

    later = client.finished(submit(client))
    assert later["outcome"] == "match"
    assert client.session.get(url, timeout=60).status_code == 404
    eventually(lambda: not folder.exists(), "the photos to be gone")


@pytest.mark.server
def test_a_worker_without_a_model_says_so_and_ends(tmp_path):
    with site(tmp_path, FACEVERIFY_MODEL=str(tmp_path / "nowhere")) as place:
        place.start_web().start_worker(wait=False)

        assert place.worker.wait(PATIENCE) != 0
        place.worker = None
        assert "There is no model in" in place.log("worker")
        assert "FACEVERIFY_MODEL" in place.log("worker")


@pytest.mark.server
@pytest.mark.slow
def test_a_worker_can_run_the_keras_model_itself(tmp_path):
    # TensorFlow takes long to load, and compiles at the first verdict.
    with site(tmp_path, FACEVERIFY_RUNTIME="keras", FACEVERIFY_TIME_LIMIT="600") as place:
        place.start_web().start_worker()
        client = Client(place, place.new_key())
        ids = [
            client.submit(make_face(1), make_face(*face)).json()["id"] for face in ((1, 1), (2,))
        ]

        same, other = (client.finished(id, 2 * PATIENCE) for id in ids)

        assert (same["outcome"], other["outcome"]) == ("match", "no_match")
        if Path("/proc/self/maps").exists():
            maps = Path(f"/proc/{place.worker_processes()[1].pid}/maps").read_text()
            assert "tensorflow" in maps


@pytest.mark.server
@pytest.mark.redis
def test_redis_out_of_reach_at_the_submission_costs_time_only(tmp_path):
    port = free_port()
    with site(tmp_path, REDIS_URL=f"redis://127.0.0.1:{port}/0") as place:
        with redis_server(port):
            place.start_web()
            client = Client(place, place.new_key())
        page = client.session.get(f"{place.url}/health/ready", timeout=60)
        assert page.status_code == 200
        assert (page.json()["status"], page.json()["cache"]) == ("degraded", "unreachable")

        with redis_server(port):
            place.start_worker()
            assert client.verdict(make_face(1), make_face(1, 1))["outcome"] == "match"


def test_no_process_is_left_behind(worker):
    processes = worker.worker_processes()

    assert worker.stop_worker() == 0

    _gone, alive = psutil.wait_procs(processes, timeout=60)
    assert alive == []
