"""A gallery imported over HTTP by a worker that is killed, and exported to another account."""

import pytest

from tests.support.faces import make_face, no_face
from tests.support.programs import Client
from tests.support.servers import eventually
from tests.support.zips import packed


@pytest.fixture
def place(request, either):
    return request.getfixturevalue(either)


class Account:
    def __init__(self, place):
        self.session = Client(place, place.new_key()).session
        self.api = f"{place.url}/api/v1"

    def get(self, path: str):
        answer = self.session.get(f"{self.api}{path}", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **options) -> dict:
        answer = self.session.post(f"{self.api}{path}", timeout=60, **options)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def send(self, data: bytes) -> str:
        return self.post("/imports/", files={"archive": ("people.zip", data)})["id"]

    def finished(self, path: str) -> dict:
        def look():
            job = self.get(path)
            return job["state"] not in ("pending", "running") and job

        return eventually(look, path)

    def people(self) -> list[dict]:
        return self.get("/people/")["results"]


@pytest.mark.parametrize(
    "either",
    [
        pytest.param("sqlite_site", id="sqlite", marks=pytest.mark.slow),
        pytest.param("postgres_site", id="postgres", marks=pytest.mark.postgres),
    ],
)
def test_an_import_survives_its_worker_and_the_gallery_moves_to_another_account(no_worker):
    place = no_worker
    ours, theirs = Account(place), Account(place)
    files = [(f"Person {n}/{v}.jpg", make_face(n, v)) for n in range(4) for v in range(6)]
    id = ours.send(packed([*files, ("Person 1/sky.jpg", no_face())]))
    assert ours.get(f"/imports/{id}/")["state"] == "pending"

    place.start_worker()
    eventually(
        lambda: ours.get("/people/")["results"], "the first person"
    )  # it is in the middle of it
    place.kill_worker()
    place.start_worker()

    job = ours.finished(f"/imports/{id}/")
    assert (job["state"], job["total"]) == ("done", 25)
    assert job["progress"] == {"added": 24, "present": 0, "refused": 1, "looking": 0}
    assert [(p["name"], p["ready_count"]) for p in ours.people()] == [
        (f"Person {n}", 6) for n in range(4)
    ]
    (refused,) = ours.get(f"/imports/{id}/files/?outcome=refused")["results"]
    assert (refused["path"], refused["code"]) == ("Person 1/sky.jpg", "no_face_found")

    person = ours.people()[0]["id"]
    ours.session.patch(
        f"{ours.api}/people/{person}/",
        json={"note": "Tall", "consent_given_by": "Herself", "consent_at": "2026-01-31"},
        timeout=60,
    )
    export = ours.post("/exports/")["id"]
    url = ours.finished(f"/exports/{export}/")["download"]
    assert theirs.session.get(url, timeout=60).status_code == 404
    data = ours.session.get(url, timeout=60).content
    moved = theirs.finished(f"/imports/{theirs.send(data)}/")

    assert (moved["state"], moved["progress"]["refused"]) == ("done", 1)
    told = ("name", "note", "tags", "consent_given_by", "consent_at", "anchor_count", "ready_count")
    assert [[p[field] for field in told] for p in theirs.people()] == [
        [p[field] for field in told] for p in ours.people()
    ]

    found = theirs.post("/identifications/?wait=10", files={"probe": ("p.jpg", make_face(2, 9))})[
        "id"
    ]
    found = theirs.finished(f"/verifications/{found}/")
    assert (found["outcome"], found["candidates"][0]["name"]) == ("match", "Person 2")


@pytest.fixture
def undo_is_over(place):
    """Gives a function: from then on the site's worker erases what was deleted."""

    def start_worker():
        if place.worker is not None:
            place.stop_worker()
        place.environment["FACEVERIFY_UNDO_MINUTES"] = "0"
        place.start_worker()

    yield start_worker
    del place.environment["FACEVERIFY_UNDO_MINUTES"]
    place.stop_worker()


@pytest.mark.parametrize(
    "either",
    [
        pytest.param("sqlite_site", id="sqlite"),
        pytest.param(
            "postgres_site", id="postgres", marks=[pytest.mark.postgres, pytest.mark.slow]
        ),
    ],
)
def test_what_is_deleted_is_erased_for_good_when_the_time_for_undo_is_over(place, undo_is_over):
    """By the worker, with nothing but its own clock."""
    account = Account(place)
    person = account.post("/people/", json={"name": "Ada"})["id"]
    photo = {"image": ("a.jpg", make_face(1))}
    anchor = account.post(f"/people/{person}/anchors/", files=photo)["id"]
    answer = account.session.delete(f"{account.api}/people/{person}/", timeout=60)
    change = answer.json()["id"]
    account.post(f"/changes/{change}/undo/")
    again = account.session.delete(f"{account.api}/people/{person}/", timeout=60).json()["id"]
    (folder,) = (place.home / "media/anchors").glob(f"*/{anchor}")

    undo_is_over()

    eventually(
        lambda: (
            account.session.get(f"{account.api}/changes/{again}/", timeout=60).status_code == 404
        ),
        "the change to be erased",
    )
    eventually(lambda: not folder.exists(), "its files to be deleted")
