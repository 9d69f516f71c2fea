"""A real worker compares batches: every pair once, each photo looked at once, come what may."""

import csv
import io

import pytest

from ml.serving import artifacts
from tests.support.faces import make_face
from tests.support.pair_lists import CODES, LIST, OUTCOMES, archive, bad_photos, phone_photo
from tests.support.programs import Client
from tests.support.servers import eventually

PAIRS = 24


@pytest.fixture(scope="module")
def client(place):
    return Client(place, place.new_key())


def call(client, method, path, **options):
    answer = client.session.request(
        method, f"{client.site.url}/api/v1/batches/{path}", timeout=60, **options
    )
    assert answer.ok, answer.text
    return answer


def send(client, pairs: str, zipped: bytes) -> str:
    files = {"pairs": ("pairs.csv", pairs), "archive": ("photos.zip", zipped)}
    return call(client, "POST", "", files=files).json()["id"]


def finished(client, id: str) -> dict:
    return eventually(
        lambda: (b := call(client, "GET", f"{id}/").json())["state"] in ("done", "failed") and b,
        "the batch",
    )


def rows(client, id: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(call(client, "GET", f"{id}/results.csv").text)))


def embeddings(place, id: str) -> int:
    """How many photos of the batch have an embedding stored."""
    return int(
        place.ask(
            f"from verification.models import BatchPhoto as P; print(P.objects.filter(batch={id!r}).count())"
        )
    )


def test_every_pair_gets_its_verdict_or_its_reason(worker, client):
    id = send(client, LIST, archive())

    batch = finished(client, id)

    assert (batch["state"], batch["done"], batch["total"]) == ("done", 7, 7)
    assert batch["counts"] == {"match": 1, "no_match": 2, "inconclusive": 0, "refused": 4}
    assert batch["model_name"] == artifacts.load().name
    found = rows(client, id)
    assert [row["outcome"] for row in found] == OUTCOMES
    assert [row["code"] for row in found] == CODES
    assert all(row["remedy"] for row in found[3:])
    assert float(found[0]["similarity"]) > float(found[0]["threshold"])


def test_bad_photos_are_refused_by_name_and_all_others_are_compared(worker, client):
    bad = bad_photos()
    photos = {"ada.jpg": make_face(1), "ada.heic": phone_photo(1), **bad}
    lines = [f"ada.jpg,{name}" for name in (*bad, "ada.heic")]

    id = send(client, "\n".join(["probe,reference", *lines]), archive(photos))
    batch = finished(client, id)

    assert (batch["state"], batch["done"]) == ("done", len(lines))
    *refused, last = rows(client, id)
    assert {row["state"] for row in refused} == {"refused"}
    assert {row["code"] for row in refused} <= {"image_unreadable", "image_truncated"}
    assert last["outcome"] == "match"


def test_no_photo_and_no_embedding_outlives_the_batch(worker, client):
    id = send(client, LIST, archive())

    finished(client, id)

    assert not list((worker.home / "media/batches").glob(f"*/{id}"))
    assert embeddings(worker, id) == 0


def test_the_verdict_is_the_one_of_a_single_comparison(worker, client):
    single = client.finished(client.submit(make_face(1), make_face(1, 1)).json()["id"])

    id = send(client, "probe;reference\na.jpg;b.jpg\n",
              archive({"a.jpg": make_face(1), "b.jpg": make_face(1, 1)}))  # fmt: skip
    finished(client, id)

    (row,) = rows(client, id)
    assert float(row["similarity"]) == pytest.approx(single["similarity"], abs=1e-4)
    assert float(row["confidence"]) == pytest.approx(single["confidence"], abs=1e-4)


@pytest.fixture
def long_batch(no_worker, client):
    """Pairs of a probe with many photos, so that a worker can be killed in the middle."""
    photos = {f"{n}.jpg": make_face(n % 10, n) for n in range(PAIRS)}
    # Every photo also under another name: the same content is looked at once.
    photos |= {f"again/{name}": data for name, data in photos.items()}
    lines = [f"0.jpg,{n}.jpg" for n in range(PAIRS)] + [
        f"again/0.jpg,again/{n}.jpg" for n in range(PAIRS)
    ]
    return send(client, "\n".join(["probe,reference", *lines]), archive(photos))


def test_sigkill_in_mid_batch_loses_nothing_and_doubles_nothing(no_worker, client, long_batch):
    no_worker.start_worker()
    eventually(lambda: call(client, "GET", f"{long_batch}/").json()["done"] > 3, "the first pairs")
    no_worker.kill_worker()
    half = call(client, "GET", f"{long_batch}/").json()
    assert half["done"] < half["total"] == 2 * PAIRS
    before = [row for row in rows(client, long_batch) if row["state"] == "done"]

    no_worker.start_worker()
    batch = finished(client, long_batch)

    found = rows(client, long_batch)
    assert (batch["state"], batch["done"]) == ("done", 2 * PAIRS)
    assert [int(row["number"]) for row in found] == list(range(1, 2 * PAIRS + 1))
    assert {row["state"] for row in found} <= {"done", "refused"}
    assert sum(batch["counts"].values()) == 2 * PAIRS
    assert batch["photos_seen"] == PAIRS  # each once, although every one has two names
    assert [row for row in found if row in before] == before
