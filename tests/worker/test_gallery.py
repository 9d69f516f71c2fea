"""A gallery built, verified against and searched over HTTP, with a real worker."""

import pytest

from tests.faces import make_face, no_face
from tests.servers import Client, eventually, site

pytestmark = pytest.mark.xdist_group("worker")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as place:
        yield place.start_web()


def test_a_gallery_waits_for_a_worker_survives_its_death_and_answers(place):
    client = Client(place, place.new_key())
    api = f"{place.url}/api/v1"

    def post(path: str, **options):
        answer = client.session.post(f"{api}{path}", timeout=60, **options)
        assert answer.status_code in (201, 202), answer.text
        return answer.json()

    def anchors(person: str) -> list[dict]:
        return client.session.get(f"{api}/people/{person}/anchors/", timeout=60).json()["results"]

    people = [post("/people/", json={"name": f"Person {n}"})["id"] for n in (1, 2, 3)]
    for identity, person in enumerate(people, start=1):
        for variation in (0, 1):
            photo = make_face(identity, variation)
            post(f"/people/{person}/anchors/", files={"image": ("a.jpg", photo)})
    post(f"/people/{people[0]}/anchors/", files={"image": ("sky.jpg", no_face())})
    # Submitted while no anchor is embedded yet: the verdicts wait for them.
    verified = post(
        "/verifications/", files={"probe": ("p.jpg", make_face(2, 7))}, data={"person": people[1]}
    )["id"]
    place.start_worker()
    place.kill_worker()
    place.start_worker()

    assert client.finished(verified)["outcome"] == "match"
    assert len(client.get(verified)["anchor_scores"]) == 2
    states = eventually(
        lambda: (
            (s := [row["state"] for p in people for row in anchors(p)])
            and not {"pending", "running"} & set(s)
            and s
        ),
        "the anchors",
    )
    assert sorted(states) == ["ready"] * 6 + ["refused"]

    known = post("/identifications/", files={"probe": ("p.jpg", make_face(3, 7))})["id"]
    unknown = post("/identifications/", files={"probe": ("p.jpg", make_face(5))})["id"]
    known, unknown = client.finished(known), client.finished(unknown)
    assert (known["outcome"], known["candidates"][0]["person_id"]) == ("match", people[2])
    assert unknown["outcome"] == "no_match"
