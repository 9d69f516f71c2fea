"""Another model is previewed, refused, changed to, and then served: over HTTP, with real processes."""

import csv
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
import requests

from ml.serving import artifacts
from tests.support.faces import make_face
from tests.support.models import harsh_model
from tests.support.programs import Client
from tests.support.servers import PATIENCE, eventually, postgres_server, site

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as place:
        yield place.start_web().start_worker()


def stop_web(place) -> None:
    place.web.send_signal(signal.SIGTERM)
    place.web.wait(PATIENCE)
    place.web = None


def refused_start(place, name: str) -> str:
    """What the process says that ends instead of serving."""
    before = len(place.log(name))
    process = place.launch_web() if name == "web" else place.start_worker(wait=False).worker
    assert process.wait(PATIENCE) not in (0, None)
    place.web, place.worker = (None, place.worker) if name == "web" else (place.web, None)
    return place.log(name)[before:]


def test_a_change_of_model_is_previewed_then_served_and_old_verdicts_stay(place, tmp_path):
    client = Client(place, place.new_key())
    api = f"{place.url}/api/v1"
    harsh = harsh_model(tmp_path / "harsh")
    first, second = (artifacts.load(f).identity for f in (artifacts.default_folder(), harsh))
    assert first["sha256"] != second["sha256"]

    def state() -> dict:
        answer = client.session.get(f"{api}/model_change/", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    person = client.session.post(f"{api}/people/", json={"name": "Ada"}).json()["id"]
    for variation in (1, 2):
        photo = {"image": ("a.jpg", make_face(0, variation))}
        assert client.session.post(f"{api}/people/{person}/anchors/", files=photo).ok

    def ask() -> list[dict]:
        probe = {"probe": ("p.jpg", make_face(0))}
        answers = [
            client.submit(make_face(0), make_face(0, 3)),
            client.submit(make_face(0), make_face(1)),
            client.session.post(f"{api}/verifications/", files=probe, data={"person": person}),
            client.session.post(f"{api}/identifications/", files=probe),
        ]
        return [client.finished(answer.json()["id"]) for answer in answers]

    before = ask()
    assert [v["outcome"] for v in before] == ["match", "no_match", "match", "match"]
    assert {v["model"]["sha256"] for v in before} == {first["sha256"]}
    assert state()["anchors"] == {"total": 2, "ready": 2, "waiting": 0, "unusable": 0}
    assert state()["preview"] is None

    table = tmp_path / "answers.csv"
    said = place.run("manage.py", "preview_model", str(harsh), "--csv", str(table))

    assert "harsh 2.0.0: 3 of 4 verdicts would change" in said
    with table.open() as file:
        answers = {row["verification"]: row for row in csv.DictReader(file)}
    assert [answers[v["id"]]["after"] for v in before] == ["no_match"] * 4
    assert [answers[v["id"]]["changed"] for v in before] == ["1", "0", "1", "1"]
    previewed = state()["preview"]
    assert previewed["model"] == second
    assert sum(row["changed"] for row in previewed["verdicts"]) == 3
    assert state()["model"] == first
    assert [client.get(v["id"]) for v in before] == before

    # Processes that are set up for the other model do not start.
    assert place.stop_worker() == 0
    stop_web(place)
    place.environment["FACEVERIFY_MODEL"] = str(harsh)
    for name in ("web", "worker"):
        said = refused_start(place, name)
        assert f"{first['name']} {first['version']}" in said
        assert "harsh 2.0.0" in said
        assert "unset FACEVERIFY_MODEL, or set it back to" in said
        assert f"manage.py change_model {harsh}" in said
    del place.environment["FACEVERIFY_MODEL"]
    place.start_web().start_worker()
    assert state()["model"] == first

    # The change: whatever runs with the former model ends, or says that it is not ready.
    said = place.run("manage.py", "change_model", str(harsh), "--yes")
    assert "3 of the last 4 verdicts would change" in said
    assert "2 photos of galleries would be embedded anew" in said
    assert f"Set FACEVERIFY_MODEL={harsh}" in said
    assert place.worker.wait(PATIENCE) == 1
    assert "is recorded as the model of this installation" in place.log("worker")
    place.worker = None
    assert requests.get(f"{place.url}/health/ready", timeout=60).status_code == 503
    waiting = client.submit(make_face(0), make_face(0, 3)).json()["id"]
    assert "not on this machine" in refused_start(place, "worker")
    stop_web(place)
    place.environment["FACEVERIFY_MODEL"] = str(harsh)
    place.start_web()

    # Until a worker has embedded the anchors by the new model, none counts as embedded.
    assert state()["model"] == second
    assert state()["anchors"] == {"total": 2, "ready": 0, "waiting": 2, "unusable": 0}
    assert "0 of 2 anchors embedded, 2 waiting" in place.run("manage.py", "model_status")
    place.start_worker()
    eventually(lambda: state()["anchors"]["ready"] == 2, "the anchors")

    assert client.finished(waiting)["model"]["sha256"] == second["sha256"]
    after = ask()
    assert [v["outcome"] for v in after] == ["no_match"] * 4
    assert {v["model"]["sha256"] for v in after} == {second["sha256"]}
    assert [client.get(v["id"]) for v in before] == before
    assert "2 of 2 anchors embedded" in place.run("manage.py", "model_status")
    assert requests.get(f"{place.url}/health/ready", timeout=60).json()["worker"] == "ok"


STARTS = """
import sys
from django.db import connections
from verification import engine
from verification.engine import record
from verification.model_change import services
try:
    print(services.settle().model_sha256, engine.model_identity().sha256)
except record.AnotherModel as error:
    print("refused", error.remedy)
"""


@pytest.mark.parametrize(
    "database",
    [nullcontext, pytest.param(postgres_server, marks=[pytest.mark.postgres, pytest.mark.slow])],
    ids=["sqlite", "postgresql"],
)
def test_of_two_machines_that_start_at_once_with_two_models_one_is_refused(tmp_path, database):
    harsh = harsh_model(tmp_path / "harsh")
    with database() as url, site(tmp_path, **({"DATABASE_URL": url} if url else {})) as place:

        def start(model: str) -> str:
            return place.run(
                "manage.py", "shell", "--no-imports", "-c", STARTS, FACEVERIFY_MODEL=model
            )

        with ThreadPoolExecutor(4) as pool:
            said = list(pool.map(start, [str(harsh), artifacts.default_folder().name] * 2))

        served = [each.split() for each in said if not each.startswith("refused")]
        assert len(served) == 2
        assert len({sha for each in served for sha in each}) == 1
        assert sum("manage.py change_model" in each for each in said) == 2


@pytest.mark.slow
def test_an_installation_from_before_the_record_keeps_its_model_through_the_update(tmp_path):
    harsh = harsh_model(tmp_path / "harsh")
    with site(tmp_path) as place:
        client = Client(place.start_web(), place.new_key())
        place.start_worker()
        given = client.finished(client.submit(make_face(0), make_face(0, 3)).json()["id"])
        place.stop_worker()
        stop_web(place)
        place.run("manage.py", "migrate", "verification", "0013_file_sizes", "--verbosity", "0")

        place.run("manage.py", "migrate", "--verbosity", "0")

        assert "is there" in place.run("manage.py", "prepare_model")
        place.environment["FACEVERIFY_MODEL"] = str(harsh)
        assert "change_model" in refused_start(place, "web")
        del place.environment["FACEVERIFY_MODEL"]
        place.start_web().start_worker()
        assert (
            client.session.get(f"{place.url}/api/v1/models/").json()["results"][0]["name"]
            == (given["model"]["name"])
        )
        assert client.get(given["id"]) == given
        assert "it had given the latest verdicts" in place.run("manage.py", "model_status")


@pytest.mark.slow
def test_the_development_server_refuses_too(tmp_path):
    with site(tmp_path) as place:
        place.run("manage.py", "keep_model")
        place.environment["FACEVERIFY_MODEL"] = str(harsh_model(tmp_path / "harsh"))

        ended = place.launch("runserver", "manage.py", "runserver", str(place.port))

        assert ended.wait(PATIENCE) != 0
        assert "change_model" in place.log("runserver")
