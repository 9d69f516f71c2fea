"""A gallery built, verified against and searched over HTTP, with a real worker."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.faces import make_face, no_face
from tests.support.programs import Client
from tests.support.servers import eventually


@pytest.fixture(
    scope="session",
    params=[
        pytest.param("sqlite_site", id="sqlite", marks=pytest.mark.slow),
        pytest.param("postgres_site", id="postgres", marks=pytest.mark.postgres),
    ],
)
def place(request):
    return request.getfixturevalue(request.param)


def test_a_gallery_waits_for_a_worker_survives_its_death_and_answers(no_worker):
    place = no_worker
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


def test_two_windows_that_merge_the_same_people_lose_no_photo_and_it_is_undone(place):
    client = Client(place, place.new_key())
    api, headers = f"{place.url}/api/v1", dict(client.session.headers)
    people = [
        client.session.post(
            f"{api}/people/", json={"name": name, "tags": [name, "merged"]}, timeout=60
        ).json()["id"]
        for name in ("Ada", "Ada L.")
    ]
    for identity, person in enumerate(people):
        answer = client.session.post(
            f"{api}/people/{person}/anchors/",
            files={"image": ("a.jpg", make_face(identity))},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text

    def listed(**query) -> list[dict]:
        return client.session.get(f"{api}/people/", params=query, timeout=60).json()["results"]

    def merge(pair) -> int:
        into, other = pair
        return requests.post(
            f"{api}/people/{into}/merge/", json={"other": other}, headers=headers, timeout=60
        ).status_code

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(pool.map(merge, [people, people[::-1]]))

    assert first == 200
    assert second in (404, 409)
    (left,) = listed()
    assert left["anchor_count"] == 2

    (change,) = client.session.get(f"{api}/changes/", timeout=60).json()["results"]
    undone = client.session.post(f"{api}/changes/{change['id']}/undo/", timeout=60)

    assert undone.status_code == 200, undone.text
    assert [person["anchor_count"] for person in listed()] == [1, 1]
    assert [person["name"] for person in listed(tag="Ada")] == ["Ada"]
    assert (len(listed(tag="merged")), listed(tag="A")) == (2, [])
