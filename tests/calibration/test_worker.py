"""A gallery calibrated over HTTP, with a real worker."""

import pytest

from tests.support.faces import CROWD, SEEDS, make_face
from tests.support.programs import Client
from tests.support.servers import eventually

PEOPLE = 25


def test_thresholds_of_a_gallery_are_measured_applied_and_left_again(worker):
    client = Client(worker, worker.new_key())
    api = f"{worker.url}/api/v1"

    def verdict() -> dict:
        answer = client.submit(make_face(0), make_face(0, 1), false_match_rate="0.01")
        return client.finished(answer.json()["id"])

    before = verdict()
    for number in range(PEOPLE):
        person = client.session.post(f"{api}/people/", json={"name": f"P {number}"}).json()["id"]
        for variation in (0, 1):
            photo = make_face(len(SEEDS) + number, variation)
            answer = client.session.post(
                f"{api}/people/{person}/anchors/", files={"image": ("a.jpg", photo)}
            )
            assert answer.status_code == 202, answer.text
    eventually(
        lambda: client.session.get(f"{api}/calibration/").json()["people_with_several"] >= PEOPLE,
        "the anchors",
    )

    id = client.session.post(f"{api}/calibrations/").json()["id"]
    found = eventually(
        lambda: (
            (c := client.session.get(f"{api}/calibrations/{id}/").json())["state"] == "done" and c
        ),
        "the calibration",
    )
    own = found["result"]["points"][0]["own"]
    assert client.session.post(f"{api}/calibrations/{id}/apply/").status_code == 200
    during = verdict()
    client.session.delete(f"{api}/calibration/")
    after = verdict()

    assert len(CROWD) >= PEOPLE
    assert found["result"]["genuine"] == PEOPLE
    assert during["threshold"] == pytest.approx(own["threshold"], abs=1e-5)
    assert during["calibration"]["id"] == id
    assert before["threshold"] == after["threshold"] != during["threshold"]
    assert client.get(before["id"]) == before
