"""Searches over HTTP with a real worker: one photo against many, a group photo."""

from tests.support.faces import group, make_face, no_face
from tests.support.programs import Client
from tests.support.servers import eventually


def test_a_search_of_a_hundred_photos_survives_the_death_of_its_worker(worker):
    place = worker
    client = Client(place, place.new_key())
    searches = f"{place.url}/api/v1/searches/"
    faces = [make_face(identity) for identity in range(1, 11)]
    files = [("probe", ("me.jpg", make_face(0)))]
    files += [("photos", (f"{n}.jpg", faces[n % 10])) for n in range(98)]
    files += [("photos", ("mine.jpg", make_face(0, 1))), ("photos", ("sky.jpg", no_face()))]

    answer = client.session.post(searches, files=files, timeout=90)
    assert answer.status_code == 202, answer.text
    id = answer.json()["id"]

    def photos() -> list[dict]:
        return client.session.get(f"{searches}{id}/", timeout=60).json()["photos"]

    eventually(lambda: any(p["state"] == "done" for p in photos()), "the first photo")
    place.kill_worker()
    place.start_worker()

    found = client.finished(id)
    assert (found["state"], found["outcome"]) == ("done", "match")
    rows = photos()
    assert len(rows) == 100
    assert (rows[0]["file_name"], rows[0]["outcome"]) == ("mine.jpg", "match")
    assert {row["outcome"] for row in rows[1:99]} <= {"no_match", "inconclusive"}
    assert (rows[99]["file_name"], rows[99]["refusal"]["code"]) == ("sky.jpg", "no_face_found")
    assert [row["similarity"] for row in rows[:99]] == sorted(
        (row["similarity"] for row in rows[:99]), reverse=True
    )


def test_a_group_photo_names_who_is_known(worker):
    client = Client(worker, worker.new_key())
    api = f"{worker.url}/api/v1"
    for identity, name in ((1, "Ada"), (2, "Bea")):
        person = client.session.post(f"{api}/people/", json={"name": name}, timeout=60).json()
        photo = {"image": ("a.jpg", make_face(identity, 1))}
        client.session.post(f"{api}/people/{person['id']}/anchors/", files=photo, timeout=60)
        eventually(
            lambda id=person["id"]: client.session.get(f"{api}/people/{id}/", timeout=60).json()[
                "ready_count"
            ],
            f"the photo of {name}",
        )

    answer = client.session.post(
        f"{api}/group_identifications/?wait=10",
        files={"probe": ("us.jpg", group((2, 0), (5, 0), (1, 0)))},
        timeout=60,
    )
    found = client.finished(answer.json()["id"])

    named = sorted((face["name"], face["outcome"]) for face in found["named_faces"])
    assert named == [("", "no_match"), ("Ada", "match"), ("Bea", "match")]
