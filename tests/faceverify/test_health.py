"""/health/ready: what a load balancer must know, and what a person should."""

import shutil
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.support.rows import verification
from verification.jobs.models import Worker
from verification.jobs.queues import BULK, INTERACTIVE, LIVE, QUEUES
from verification.models import Verification

pytestmark = pytest.mark.django_db
READY = "/health/ready"


@pytest.fixture(autouse=True)
def little_is_enough(settings):
    settings.FACEVERIFY_MIN_FREE_MEGABYTES = 0


def worker_alive(*queues: str) -> None:
    Worker.objects.create(pk=uuid4(), name="one", queues=list(queues or QUEUES))


def live_alive() -> None:
    Worker.objects.create(pk=uuid4(), name="live@one", queues=[LIVE])


def waiting_since(user, seconds: float, state: str = "pending") -> Verification:
    row = verification(user, state)
    Verification.objects.filter(pk=row.pk).update(
        enqueued_at=timezone.now() - timedelta(seconds=seconds),
        created_at=timezone.now() - timedelta(seconds=seconds),
    )
    return row


def test_all_is_well(client):
    worker_alive()
    live_alive()

    answer = client.get(READY)

    assert answer.status_code == 200
    body = answer.json()
    sentences = body.pop("details")
    assert body == {
        "status": "ok", "database": "ok", "cache": "ok", "storage": "ok", "disk": "ok", "model": "ok",
        "worker": "ok", "live": "ok", "queue": "ok",
    }  # fmt: skip
    assert sentences.keys() == body.keys() - {"status"}
    assert sentences["worker"] == "Every queue has a worker."
    assert "no-cache" in answer["Cache-Control"]


def test_without_a_worker_the_web_process_stays_in_rotation(client):
    answer = client.get(READY)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["worker"]) == ("degraded", "not seen")


def test_a_queue_that_no_worker_serves_is_named(client):
    worker_alive(INTERACTIVE)

    body = client.get(READY).json()

    assert body["worker"] == "not for all queues"
    assert BULK in body["details"]["worker"] and INTERACTIVE not in body["details"]["worker"]


def test_nobody_follows_cameras(client, settings):
    worker_alive()

    body = client.get(READY).json()
    settings.FACEVERIFY_LIVE_SESSIONS = 0
    switched_off = client.get(READY).json()

    assert (body["status"], body["live"], body["worker"]) == ("degraded", "not seen", "ok")
    assert (switched_off["status"], switched_off["live"]) == ("ok", "off")


def test_workers_that_are_alive_and_do_nothing_are_stuck(client, user):
    worker_alive()
    waiting_since(user, 600)

    answer = client.get(READY)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["queue"]) == ("degraded", "stuck")
    assert (
        "of interactive are alive and do nothing: the oldest of 1 there waits for 60"
        in answer.json()["details"]["queue"]
    )


def test_workers_that_are_busy_are_behind(client, user):
    worker_alive()
    waiting_since(user, 600)
    verification(user, "running")

    assert client.get(READY).json()["queue"] == "behind"


def test_what_waits_without_a_worker_is_not_called_stuck(client, user):
    waiting_since(user, 600)

    assert client.get(READY).json()["queue"] == "waiting"


def test_what_has_just_come_is_not_late(client, user, settings):
    worker_alive()
    waiting_since(user, settings.FACEVERIFY_STUCK_SECONDS - 10)

    assert client.get(READY).json()["queue"] == "ok"


def test_little_room_is_told_before_it_is_used_up(client, settings):
    worker_alive()
    settings.FACEVERIFY_MIN_FREE_MEGABYTES = 10**9

    answer = client.get(READY)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["disk"]) == ("degraded", "low")


def test_a_folder_that_is_gone_takes_the_process_out_of_rotation(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "nowhere"

    answer = client.get(READY)

    assert answer.status_code == 503
    assert answer.json()["storage"] == "not writable"
    assert str(tmp_path) not in answer.content.decode()


def test_the_check_leaves_no_file(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    assert client.get(READY).json()["storage"] == "ok"

    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_damaged_while_the_site_runs_is_noticed_and_one_put_back_too(
    client, settings, tmp_path
):
    from verification import engine

    model = tmp_path / "model"
    shutil.copytree(engine.folder_of(""), model)
    settings.FACEVERIFY_MODEL = str(model)
    file = next(path for path in sorted(model.iterdir()) if path.suffix == ".tflite")
    whole = file.read_bytes()
    assert client.get(READY).json()["model"] == "ok"

    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    answer = client.get(READY)
    assert (answer.status_code, answer.json()["model"]) == (503, "damaged")

    file.unlink()
    assert client.get(READY).json()["model"] == "missing"

    file.write_bytes(whole)
    assert client.get(READY).json()["model"] == "ok"


def test_a_check_costs_few_queries_whatever_waits(client, user, django_assert_max_num_queries):
    for _ in range(3):
        waiting_since(user, 600)

    with django_assert_max_num_queries(19):
        client.get(READY)
