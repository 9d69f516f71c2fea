"""faceverify as it is deployed, with its photos in a bucket of S3."""

import pytest
import requests

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.s3 import BUCKET, s3_server
from tests.support.servers import eventually, site

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server():
    with s3_server() as place:
        place.bucket(BUCKET)
        yield place


@pytest.fixture(scope="module")
def place(server, tmp_path_factory):
    with site(tmp_path_factory.mktemp("bucket-site"), **server.environment(prefix="site")) as found:
        yield found.start_web()


def test_a_verdict_comes_from_photos_in_the_bucket_and_all_of_it_is_erased(place, server):
    place.start_worker()
    client = Client(place, place.new_key())

    id = client.submit(make_face(1), make_face(1, 1)).json()["id"]
    assert client.finished(id)["state"] == "done"

    stored = server.keys()
    assert len(stored) >= 2 and all(id in key and key.startswith("site/") for key in stored)
    assert not [path for path in (place.home / "media").rglob("*") if path.is_file()]
    assert b"\xff\xd8\xff" not in b"".join(
        server.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()[:600] for key in stored
    )
    client.session.delete(f"{place.url}/api/v1/verifications/{id}/").raise_for_status()
    assert server.keys() == []
    logged = place.log("web") + place.log("worker")
    assert "probe_image" not in logged and "a-secret-key" not in logged
    place.stop_worker()


@pytest.mark.slow
def test_while_the_bucket_is_away_nothing_is_lost_and_no_try_is_used_up(place, server):
    client = Client(place, place.new_key())
    id = client.submit(make_face(1), make_face(1, 1)).json()["id"]

    with server.away():
        refused = client.submit(make_face(2), make_face(3))
        health = requests.get(f"{place.url}/health/ready", timeout=60)
        place.start_worker(wait=False)
        eventually(lambda: "run_put_off" in place.log("worker"), "the worker to give the row back")

    assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert (health.status_code, health.json()["storage"]) == (503, "not writable")
    assert client.finished(id)["state"] == "done"
    assert place.row(id)["attempts"] == 1
    assert id not in "".join(
        line for line in place.log("web").splitlines() if "storage_unavailable" in line
    )
