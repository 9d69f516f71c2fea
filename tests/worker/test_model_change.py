"""Another model folder is previewed, then served: over HTTP, with real workers."""

import csv
import signal

import pytest
import requests

from ml.serving import artifacts
from tests.faces import make_face
from tests.models import harsh_model
from tests.servers import Client, eventually, site

pytestmark = pytest.mark.xdist_group("worker")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as place:
        yield place.start_web().start_worker()


def test_a_change_of_model_is_previewed_then_served_and_old_verdicts_stay(place, tmp_path):
    client = Client(place, place.new_key())
    api = f"{place.url}/api/v1"
    harsh = harsh_model(tmp_path / "harsh")
    first, second = (artifacts.load(f).identity for f in (artifacts.DEFAULT_FOLDER, harsh))
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

    place.stop_worker()
    place.web.send_signal(signal.SIGTERM)
    place.web.wait(60)
    place.environment["FACEVERIFY_MODEL"] = str(harsh)
    place.start_web()

    # Until a worker has embedded the anchors by the new model, none counts as embedded.
    assert state()["model"] == second
    assert state()["anchors"] == {"total": 2, "ready": 0, "waiting": 2, "unusable": 0}
    assert "0 of 2 anchors embedded, 2 waiting" in place.run("manage.py", "model_status")
    place.start_worker()
    eventually(lambda: state()["anchors"]["ready"] == 2, "the anchors")

    after = ask()
    assert [v["outcome"] for v in after] == ["no_match"] * 4
    assert {v["model"]["sha256"] for v in after} == {second["sha256"]}
    assert [client.get(v["id"]) for v in before] == before
    assert "2 of 2 anchors embedded" in place.run("manage.py", "model_status")
    assert requests.get(f"{place.url}/health/ready", timeout=30).json()["worker"] == "ok"
