"""POST /api/v1/imports/ and what a worker makes of the ZIP."""

import base64
import io
import json

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from ml import images
from tests.support.clients import program
from tests.support.faces import make_face, no_face
from tests.support.imports import URL, imported, sent, worked
from tests.support.pair_lists import bad_photos, phone_photo
from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.zips import packed
from verification.gallery import services
from verification.gallery.adding_many import AnchorsToAdd
from verification.gallery_io import adding, importing
from verification.gallery_io.uploads import stored_in_parts
from verification.models import Anchor, GalleryImport, ImportedFile, Person
from verification.photos import encrypted_parts
from verification.worker import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(user):
    return program(user)


def report(api, job: dict, **query) -> dict[str, tuple]:
    files = api.get(f"{URL}{job['id']}/files/", query).json()["results"]
    assert all(file["remedy"] for file in files if file["outcome"] == "refused")
    return {file["path"]: (file["outcome"], file["code"]) for file in files}


def gallery(user) -> dict[str, int]:
    people = Person.objects.filter(owner=user)
    return {person.name: person.anchors.count() for person in people}


def stored(job: dict, user) -> bool:
    return (settings.MEDIA_ROOT / "imports" / str(user.pk) / job["id"]).exists()


GOOD = [
    ("Ada/1.jpg", make_face(1)),
    ("Ada/2.jpg", make_face(1, 1)),
    ("friends/Bea/1.jpg", make_face(2)),
]


def test_a_folder_becomes_a_person_and_each_file_is_reported(api, user):
    job = imported(
        api,
        packed(
            [
                *GOOD,
                ("Bea/sky.jpg", no_face()),
                ("Bea/notes.txt", b"hello"),
                ("loose.jpg", photo(1)),
                ("__MACOSX/Ada/._1.jpg", b"junk"),
            ]
        ),
    )

    assert (job["state"], job["total"], job["people_added"]) == ("done", 6, 2)
    assert job["progress"] == {"added": 3, "present": 0, "refused": 3, "looking": 0}
    assert report(api, job) == {
        "Ada/1.jpg": ("added", ""),
        "Ada/2.jpg": ("added", ""),
        "friends/Bea/1.jpg": ("added", ""),
        "Bea/sky.jpg": ("refused", "no_face_found"),
        "Bea/notes.txt": ("refused", "not_an_image"),
        "loose.jpg": ("refused", "without_folder"),
    }
    assert len(report(api, job, outcome="refused")) == 3
    assert gallery(user) == {"Ada": 2, "Bea": 2}
    assert Anchor.objects.filter(state="ready").count() == 3
    assert not stored(job, user)


def test_the_same_zip_again_adds_nothing(api, user):
    imported(api, packed(GOOD))

    job = imported(api, packed(GOOD))

    assert job["progress"] == {"added": 0, "present": 3, "refused": 0, "looking": 0}
    assert job["people_added"] == 0
    assert gallery(user) == {"Ada": 2, "Bea": 1}


def test_a_photo_that_was_uploaded_by_hand_is_known(api, user):
    ada = services.person_create(owner=user, name="Ada")
    services.anchor_add(person=ada, data=make_face(1))

    job = imported(api, packed(GOOD))

    assert job["progress"]["present"] == 1
    assert gallery(user) == {"Ada": 2, "Bea": 1}


def test_two_people_of_the_name_take_only_what_they_have(api, user):
    first, _second = (services.person_create(owner=user, name="Ada") for _ in range(2))
    services.anchor_add(person=first, data=make_face(1))

    job = imported(api, packed(GOOD))

    assert report(api, job) == {
        "Ada/1.jpg": ("present", ""),
        "Ada/2.jpg": ("refused", "name_ambiguous"),
        "friends/Bea/1.jpg": ("added", ""),
    }
    assert first.anchors.count() == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no zip at all", "archive_unreadable"),
        (packed([]), "archive_empty"),
        (packed([*GOOD, ("Ada/bomb.jpg", b"\xff\xd8" + bytes(5_000_000))]), "archive_bomb"),
        (packed([(f"Ada/{n}.jpg", b"") for n in range(10_001)]), "archive_too_many_files"),
        (packed([*GOOD, ("gallery.json", b'{"format": "other"}')]), "manifest_invalid"),
    ],
    ids=["text", "empty", "bomb", "10,001 files", "bad json"],
)
def test_a_zip_that_cannot_be_used_adds_nothing(api, user, data, code):
    job = imported(api, data)

    assert (job["state"], job["refusal"]["code"]) == ("refused", code)
    assert job["refusal"]["remedy"]
    assert not Person.objects.exists() and not ImportedFile.objects.exists()
    assert not stored(job, user)


def test_unsafe_files_are_refused_one_by_one(api, user):
    inner = packed([("a.jpg", photo(1))])

    job = imported(
        api, packed([("../../Ada/1.jpg", make_face(1)), ("Ada/inner.zip", inner), *GOOD[:1]])
    )

    assert report(api, job) == {
        "../../Ada/1.jpg": ("refused", "unsafe_path"),
        "Ada/inner.zip": ("refused", "nested_archive"),
        "Ada/1.jpg": ("added", ""),
    }


def test_a_turn_that_was_cut_off_goes_on_without_doing_anything_twice(api, user, monkeypatch):
    id = sent(api, packed(GOOD)).json()["id"]
    store = AnchorsToAdd.store
    calls: list[None] = []

    def killed(*arguments):
        calls.append(store(*arguments))
        if len(calls) == 2:
            raise KeyboardInterrupt  # nothing in the way out catches it, as with SIGKILL

    monkeypatch.setattr(adding, "AT_ONCE", 1)
    with monkeypatch.context() as patched:
        patched.setattr(AnchorsToAdd, "store", killed)
        with pytest.raises(KeyboardInterrupt):
            tasks.import_a_gallery(id)
    assert GalleryImport.objects.get().files.count() == 1
    GalleryImport.objects.update(state="pending", claim_token=None, lease_expires_at=None)

    job = worked(api, id)

    assert (job["state"], job["progress"]["added"]) == ("done", 3)
    assert gallery(user) == {"Ada": 2, "Bea": 1}


def test_a_turn_ends_after_some_seconds_and_the_next_goes_on(api, user, monkeypatch):
    monkeypatch.setattr(importing, "TURN", 0.0)
    id = sent(api, packed(GOOD)).json()["id"]

    tasks.import_a_gallery(id)
    job = api.get(f"{URL}{id}/").json()
    assert (job["state"], job["total"]) == ("pending", 3)
    assert GalleryImport.objects.get().attempts == 0
    monkeypatch.setattr(importing, "TURN", 10.0)

    assert worked(api, id)["progress"]["added"] == 3


def test_a_photo_refused_takes_back_the_person_made_for_it(api, user):
    job = imported(api, packed([("Cy/1.jpg", b"\xff\xd8 no jpeg"), *GOOD[:1]]))

    assert report(api, job)["Cy/1.jpg"] == ("refused", "unsupported_format")
    assert gallery(user) == {"Ada": 1}
    assert job["people_added"] == 1


def test_photos_that_cannot_be_read_are_refused_by_name_and_all_others_are_added(api, user):
    bad = {f"Ada/{name}": data for name, data in bad_photos().items()}
    good = {"Ada/1.jpg": make_face(1), "Ada/2.heic": phone_photo(1), "Bob/1.jpg": make_face(2)}

    job = imported(api, packed([*bad.items(), *good.items()]))

    found = report(api, job)
    assert job["state"] == "done"
    assert {found[name][0] for name in bad} == {"refused"}
    assert {found[name][0] for name in good} == {"added"}
    assert gallery(user) == {"Ada": 2, "Bob": 1}


def test_what_nobody_foresaw_about_a_photo_is_its_own_refusal(api, user, monkeypatch):
    sane = images.sanitize

    def sanitize(data: bytes) -> bytes:
        if data == make_face(3):
            raise KeyError("broken")
        return sane(data)

    monkeypatch.setattr(images, "sanitize", sanitize)
    files = {"Ada/1.jpg": make_face(1), "Ada/3.jpg": make_face(3), "Bob/1.jpg": make_face(2)}

    job = imported(api, packed(list(files.items())))

    assert job["state"] == "done"
    assert report(api, job)["Ada/3.jpg"] == ("refused", "photo_failed")
    assert gallery(user) == {"Ada": 1, "Bob": 1}


def test_a_zip_over_the_limit_is_not_stored(api, user, settings):
    settings.FACEVERIFY_IMPORT_MEGABYTES = 1
    data = packed([("Ada/1.jpg", photo(1, size=(1200, 1000), quality=100))])
    assert len(data) > 1024**2

    body = assert_problem(sent(api, data), 413, "archive_too_large")

    assert body["remedy"]
    assert not GalleryImport.objects.exists()
    folder = settings.MEDIA_ROOT / "imports" / str(user.pk)
    assert not folder.exists() or not any(folder.iterdir())


def test_a_zip_lies_encrypted(api, user):
    data = packed([("Ada/1.jpg", photo(1, size=(1500, 1200), quality=100))]) * 3
    assert 8 * 1024**2 < len(data) < 12 * 1024**2

    id = sent(api, data).json()["id"]

    (stored,) = (settings.MEDIA_ROOT / "imports" / str(user.pk) / id).iterdir()
    assert len(data) < stored.stat().st_size < 1.001 * len(data)
    assert b"Ada/1.jpg" not in stored.read_bytes()


def test_a_zip_that_an_earlier_version_stored_in_parts_is_imported(
    api, user, settings, monkeypatch
):
    data = packed(GOOD)
    id = sent(api, data).json()["id"]
    folder = settings.MEDIA_ROOT / "imports" / str(user.pk) / id
    (folder / "archive").unlink()
    monkeypatch.setattr(encrypted_parts, "PART_BYTES", 1000)
    former = Fernet(settings.FACEVERIFY_FILE_KEYS[0])
    for number, start in enumerate(range(0, len(data), 1000)):
        part = former.encrypt(data[start : start + 1000])
        (folder / f"part-{number:05}").write_bytes(part)

    assert worked(api, id)["state"] == "done"
    assert gallery(user) == {"Ada": 2, "Bea": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "application/zip",
        "application/x-zip-compressed",
        "application/octet-stream",
        "application/json",
    ],
)
def test_a_zip_may_be_the_body_or_base64_in_json_and_lies_encrypted_too(api, user, kind):
    data = packed([("Ada/1.jpg", make_face(1))])
    body: bytes | str = data
    if kind == "application/json":
        body = json.dumps({"archive": base64.b64encode(data).decode()})

    answer = api.generic("POST", URL, body, kind)

    assert answer.status_code == 202, answer.content
    job = answer.json()
    assert job["size"] == len(data)
    (part,) = (settings.MEDIA_ROOT / "imports" / str(user.pk) / job["id"]).iterdir()
    assert b"PK" not in part.read_bytes()[:4]
    assert worked(api, job["id"])["state"] == "done"
    assert gallery(user) == {"Ada": 1}


def test_a_body_over_the_limit_is_not_stored(api, user, settings):
    settings.FACEVERIFY_IMPORT_MEGABYTES = 1

    answer = api.generic("POST", URL, b"x" * (1024**2 + 1), "application/zip")

    assert_problem(answer, 413, "archive_too_large")
    assert not GalleryImport.objects.exists()
    assert not list((settings.MEDIA_ROOT / "imports").glob(f"{user.pk}/*/*"))


def test_a_body_that_breaks_off_leaves_nothing(user, settings):
    class Broken(io.BytesIO):
        pieces = [b"x" * 5_000_000, b"y"]

        def read(self, size: int | None = -1) -> bytes:
            if not self.pieces:
                raise OSError("the line is dead")
            return self.pieces.pop(0)

    with pytest.raises(OSError, match="dead"), stored_in_parts(HttpRequest()) as uploads:
        uploads.store(Broken(), owner_id=user.pk)

    assert not list((settings.MEDIA_ROOT / "imports").glob(f"{user.pk}/*/*"))


@pytest.mark.parametrize("body", [{"archive": "no base64!"}, {"archive": 7}, {}, [], "x", None])
def test_json_without_a_zip_is_refused(api, body):
    answer = api.post(URL, json.dumps(body), content_type="application/json")

    assert list(assert_problem(answer, 400, "invalid")["errors"]) == ["archive"]
    assert not GalleryImport.objects.exists()


def test_a_repeated_body_with_its_key_is_one_import(api):
    data = packed([("Ada/1.jpg", make_face(1))])

    first, again = (
        api.generic("POST", URL, data, "application/zip", headers={"Idempotency-Key": "once"})
        for _ in range(2)
    )

    assert first.json() == again.json()
    assert GalleryImport.objects.count() == 1


def test_a_file_is_needed(api):
    assert_problem(api.post(URL, {}), 400, "invalid")
    assert_problem(sent(api, b""), 422, "archive_unreadable")
    assert_problem(api.post(URL, {"other": "x"}), 400, "invalid")
    assert not GalleryImport.objects.exists()


def test_deleting_an_import_stops_it_and_keeps_what_it_added(api, user):
    id = sent(api, packed(GOOD)).json()["id"]

    assert api.delete(f"{URL}{id}/").status_code == 204

    tasks.import_a_gallery(id)
    assert not Person.objects.exists()
    assert_problem(api.get(f"{URL}{id}/"), 404, "not_found")


def test_a_failed_import_is_tried_again(api, user):
    id = sent(api, packed(GOOD)).json()["id"]
    assert_problem(api.post(f"{URL}{id}/retry/"), 409, "conflict")
    from django.utils import timezone

    GalleryImport.objects.update(
        state="failed", failure_code="worker_lost", finished_at=timezone.now()
    )

    assert api.post(f"{URL}{id}/retry/").status_code == 202

    assert worked(api, id)["state"] == "done"


def test_a_stranger_and_the_unknown_find_nothing(api, stranger, user):
    from rest_framework.test import APIClient

    id = sent(api, packed(GOOD)).json()["id"]
    theirs, anonymous = program(stranger), APIClient()

    for url in (f"{URL}{id}/", f"{URL}{id}/files/"):
        assert_problem(theirs.get(url), 404, "not_found")
        assert_problem(anonymous.get(url), 401, "not_authenticated")
    assert_problem(theirs.delete(f"{URL}{id}/"), 404, "not_found")
    assert theirs.get(URL).json()["results"] == []
    assert_problem(sent(anonymous, packed(GOOD)), 401, "not_authenticated")
    assert GalleryImport.objects.count() == 1


def test_a_page_of_imports_takes_the_same_queries_however_many(
    api, user, django_assert_num_queries
):
    api.get(URL)
    for number in range(3):
        job = GalleryImport.objects.create(owner=user, size=1, total=5)
        ImportedFile.objects.bulk_create(
            ImportedFile(job=job, number=n, path=f"a/{n}.jpg", outcome="added") for n in range(5)
        )
        with django_assert_num_queries(2):
            assert len(api.get(URL).json()["results"]) == number + 1
