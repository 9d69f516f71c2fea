"""/api/v1/batches/: sent, listed, deleted by their owner alone."""

import base64
import io
import json
import os

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.files.base import ContentFile

from tests.support.clients import program
from tests.support.pair_lists import LIST_BYTES, archive
from tests.support.problems import assert_problem
from verification.batches import services
from verification.batches.lists import read_pairs
from verification.batches.services import batch_create
from verification.models import Batch, BatchPair
from verification.photos import encrypted_parts
from verification.photos.archives import ARCHIVE
from verification.photos.zip_reader import Archive

URL = "/api/v1/batches/"

pytestmark = pytest.mark.django_db


def file(data: bytes, name: str = "file") -> io.BytesIO:
    out = io.BytesIO(data)
    out.name = name
    return out


def send(client, pairs=LIST_BYTES, zipped=None, **fields):
    zipped = archive({"a.jpg": b"\xff\xd8\xff photo"}) if zipped is None else zipped
    files = {"pairs": file(pairs, "pairs.csv"), "archive": file(zipped, "photos.zip")}
    return client.post(URL, {**files, **fields})


def stored() -> set:
    return set((settings.MEDIA_ROOT / "batches").glob("*/*/archive"))


@pytest.fixture
def batch(user):
    return batch_create(owner=user, pairs=LIST_BYTES, archive=archive({"a.jpg": b"\xff\xd8\xff"}))


def test_a_list_and_a_zip_are_taken(api):
    answer = send(api, title="doors", false_match_rate="0.01")

    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert answer["Location"].endswith(f"{URL}{body['id']}/")
    assert (body["state"], body["title"], body["false_match_rate"]) == ("pending", "doors", 0.01)
    assert (body["total"], body["done"], body["counts"]["refused"]) == (7, 1, 1)
    rows = api.get(f"{URL}{body['id']}/results/").json()["results"]
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert (rows[0]["probe"], rows[0]["title"], rows[0]["outcome"]) == ("ada-1.jpg", "same", None)
    (part,) = (settings.MEDIA_ROOT / Batch.objects.get().folder).iterdir()
    assert b"PK" not in part.read_bytes()[:4]


def test_json_lists_the_same(api):
    pairs = [{"probe": "a.jpg", "reference": "b.jpg", "probe_face": 1}, {"probe": 7}, "x"]

    body = send(api, json.dumps(pairs).encode()).json()

    assert (body["total"], body["done"]) == (3, 2)
    assert BatchPair.objects.get(number=1).probe_face == 1
    refused = api.get(f"{URL}{body['id']}/results/?only=refused").json()["results"]
    assert [row["code"] for row in refused] == ["row_invalid", "row_invalid"]


@pytest.mark.parametrize(
    ("face", "stored"),
    [("0" * 5000 + "7", 7), ("00000099999999", None), ("1" * 5000, None), ("1001", None)],
)
def test_a_face_that_no_photo_has_refuses_its_line_alone(face, stored):
    (pair,) = read_pairs(f"probe,reference,probe_face\na.jpg,b.jpg,{face}\n".encode())

    assert (pair.probe_face, pair.code) == (stored, "" if stored else "row_invalid")


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[{", "not valid JSON"),
        (b'{"a": 1}', "probe,reference"),
        (b"left,right\na,b\n", "probe,reference"),
        (b"no columns at all", "probe,reference"),
        (b"probe,reference\n", "no pair"),
        (b"probe,reference\n" + b"a,b\n" * 10_001, "at most 10,000"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(api, pairs, says):
    problem = assert_problem(send(api, pairs), 400, "invalid")

    assert says in problem["errors"]["pairs"][0]["detail"]
    assert not Batch.objects.exists()


@pytest.mark.parametrize("zipped", [b"no zip", b"PK\x03\x04 broken"])
def test_a_zip_that_cannot_be_read_is_refused(api, zipped):
    before = stored()

    problem = assert_problem(send(api, zipped=zipped), 400, "invalid")

    assert "archive" in problem["errors"]
    assert not Batch.objects.exists()
    assert stored() == before


PHOTO = {"a.jpg": b"\xff\xd8\xff photo"}


@pytest.mark.parametrize(
    "kind", ["application/zip", "application/x-zip-compressed", "application/octet-stream"]
)
@pytest.mark.parametrize(
    ("name", "listed"),
    [("pairs.csv", LIST_BYTES), ("pairs.json", b'[{"probe": "a.jpg", "reference": "b.jpg"}]')],
)
def test_a_zip_with_its_list_may_be_the_body(api, kind, name, listed):
    zipped = archive({**PHOTO, name: listed})

    answer = api.generic("POST", f"{URL}?title=doors&false_match_rate=0.01", zipped, kind)

    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert (body["title"], body["false_match_rate"]) == ("doors", 0.01)
    assert body["total"] == (7 if name == "pairs.csv" else 1)
    with Batch.objects.get().open_archive() as kept:
        assert kept.read() == zipped


def test_a_zip_and_a_list_may_come_as_json(api):
    zipped = base64.b64encode(archive(PHOTO)).decode()
    pairs = [{"probe": "a.jpg", "reference": "b.jpg", "probe_face": 1}]

    for sent in (zipped, f"data:application/zip;base64,{zipped}"):
        answer = api.post(URL, {"archive": sent, "pairs": pairs, "title": "doors"}, format="json")

        assert answer.status_code == 202, answer.content
        assert (answer.json()["total"], answer.json()["title"]) == (1, "doors")
    assert set(BatchPair.objects.values_list("probe", "probe_face")) == {("a.jpg", 1)}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"archive": "no base64!"}, "archive"),
        ({"archive": ""}, "archive"),
        ({"archive": 7}, "archive"),
        ({"pairs": "a.jpg,b.jpg"}, "pairs"),
        ({"pairs": None}, "pairs"),
        ({"pairs": []}, "pairs"),
    ],
)
def test_json_that_cannot_be_used_is_told_by_field(api, changed, field):
    good = {
        "archive": base64.b64encode(archive(PHOTO)).decode(),
        "pairs": [{"probe": "a.jpg", "reference": "a.jpg"}],
    }

    before = stored()

    body = assert_problem(api.post(URL, good | changed, format="json"), 400, "invalid")

    assert list(body["errors"]) == [field]
    assert not Batch.objects.exists() and stored() == before


def test_without_a_list_anywhere_it_is_said_where_to_put_it(api):
    answer = api.generic("POST", URL, archive(PHOTO), "application/zip")

    body = assert_problem(answer, 400, "invalid")
    assert "pairs.csv" in body["errors"]["pairs"][0]["detail"]
    assert not Batch.objects.exists()


def test_options_are_checked(api):
    problem = assert_problem(send(api, false_match_rate="0.5"), 400, "invalid")

    assert "false_match_rate" in problem["errors"]


def test_a_few_at_a_time(api):
    for _ in range(5):
        assert send(api).status_code == 202

    assert_problem(send(api), 400, "invalid")
    assert Batch.objects.count() == 5


def test_a_request_that_comes_in_between_counts_for_the_limit(api, user, monkeypatch):
    for _ in range(4):
        assert send(api).status_code == 202
    others: list[int] = []

    def store_while_another_comes(data):
        if not others:
            others.append(True)
            others.append(send(api).status_code)
        return ContentFile(data)

    monkeypatch.setattr(services, "ContentFile", store_while_another_comes)
    before = stored()

    problem = assert_problem(send(api), 400, "invalid")

    assert "still under way" in problem["errors"]["pairs"][0]["detail"]
    assert others == [True, 202]
    assert Batch.objects.count() == 5
    assert len(stored() - before) == 1  # of the other one


def test_of_a_large_zip_only_what_is_read_is_decrypted(user):
    noise = {f"{n}.jpg": b"\xff\xd8\xff" + os.urandom(100_000) for n in range(10)}
    batch = batch_create(owner=user, pairs=LIST_BYTES, archive=archive(noise))
    kept = settings.MEDIA_ROOT / batch.folder / ARCHIVE
    with kept.open("r+b") as file:  # in the photo that is not read
        file.seek(850_000)
        file.write(b"damaged")

    with batch.open_archive() as file:
        zipped = Archive(file)
        photo = zipped.read(next(entry for entry in zipped.photos if entry.path == "4.jpg"))

    assert photo == noise["4.jpg"]


@pytest.mark.parametrize("size", [30, 10_000])
def test_the_zip_of_a_batch_from_an_earlier_version_is_read(user, monkeypatch, size):
    zipped = archive({"b.jpg": b"\xff\xd8\xff"})
    batch = batch_create(owner=user, pairs=LIST_BYTES, archive=zipped)
    kept = settings.MEDIA_ROOT / batch.folder / ARCHIVE
    former = Fernet(settings.FACEVERIFY_FILE_KEYS[0])
    if size > len(zipped):  # as one file
        kept.write_bytes(former.encrypt(zipped))
    else:
        kept.unlink()
        Batch.objects.update(archive="")
        monkeypatch.setattr(encrypted_parts, "PART_BYTES", size)
        for number, start in enumerate(range(0, len(zipped), size)):
            part = former.encrypt(zipped[start : start + size])
            (kept.parent / f"part-{number:05}").write_bytes(part)

    with Batch.objects.get().open_archive() as file:
        assert file.read() == zipped


def test_results_as_csv_hold_no_formula(api, user):
    batch = batch_create(
        owner=user, pairs=b"probe,reference,title\na.jpg,b.jpg,=1+1\n",
        archive=archive({"a.jpg": b"\xff\xd8\xff"}),
    )  # fmt: skip

    answer = api.get(f"{URL}{batch.pk}/results.csv", HTTP_ACCEPT="text/csv")

    assert answer["Content-Type"].startswith("text/csv")
    assert b"".join(answer.streaming_content).decode().splitlines() == [
        "number,probe,reference,title,state,outcome,similarity,confidence,threshold,code,which,"
        "detail,remedy,probability,leaning",
        "1,a.jpg,b.jpg,'=1+1,pending,,,,,,,,,,",
    ]


def test_a_deleted_batch_takes_its_rows_and_its_zip(api, batch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"{URL}{batch.pk}/").status_code == 204

    assert not Batch.objects.exists()
    assert not BatchPair.objects.exists()
    assert not (settings.MEDIA_ROOT / batch.folder).exists()


def test_only_a_failed_batch_goes_on(api, batch):
    assert_problem(api.post(f"{URL}{batch.pk}/retry/"), 409, "conflict")
    Batch.objects.filter(pk=batch.pk).update(
        state="failed", failure_code="worker_lost", finished_at=batch.created_at
    )

    assert api.post(f"{URL}{batch.pk}/retry/").json()["state"] == "pending"


def test_the_list_takes_as_many_queries_for_1_as_for_5(api, batch, user, django_assert_num_queries):
    api.get(URL)  # notes that the key was used
    for _ in range(2):
        with django_assert_num_queries(2):  # key, batches
            api.get(URL)
        for _ in range(2):
            batch_create(owner=user, pairs=LIST_BYTES, archive=archive({"a.jpg": b"\xff\xd8\xff"}))


def test_a_stranger_and_nobody_find_nothing_and_change_nothing(stranger_api, anonymous_api, batch):
    one = f"{URL}{batch.pk}/"
    for client, status, code in (
        (stranger_api, 404, "not_found"),
        (anonymous_api, 401, "not_authenticated"),
    ):
        for answer in (
            client.get(one),
            client.get(f"{one}results/"),
            client.get(f"{one}results.csv"),
            client.post(f"{one}retry/"),
            client.delete(one),
        ):
            assert_problem(answer, status, code)
    assert_problem(send(anonymous_api), 401, "not_authenticated")
    assert stranger_api.get(URL).json()["results"] == []
    assert list(Batch.objects.values_list("pk", "state")) == [(batch.pk, "pending")]


def test_a_key_without_the_scope_is_refused(user, batch):
    api = program(user, ["gallery:read"])

    assert_problem(api.get(f"{URL}{batch.pk}/"), 403, "missing_scope")
    assert_problem(send(api), 403, "missing_scope")
    assert Batch.objects.count() == 1
