"""POST /api/v1/exports/, and the same gallery in another account."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tests.support.clients import program
from tests.support.faces import make_face, no_face, two_faces
from tests.support.imports import imported
from tests.support.people import words
from tests.support.present import present
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.gallery_io import exporting
from verification.gallery_io.services import export_create
from verification.models import Anchor, GalleryExport, Person
from verification.photos.storage import private_files
from verification.worker import tasks

URL = "/api/v1/exports/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(user):
    return program(user)


@pytest.fixture
def page(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def ada(user):
    """A person with everything: note, tags, consent, a chosen cover, a chosen face."""
    person = services.person_create(
        owner=user,
        name="Ada: the first/only",
        note="Tall\nplays chess",
        tags=["work", "chess"],
        consent_given_by="Ada herself",
        consent_at=timezone.now().date(),
        consent_for="The front door",
    )
    for data in (make_face(1), make_face(1, 1), two_faces(), no_face()):
        anchor = services.anchor_add(person=person, data=data, file_name="holiday.jpg")
        tasks.embed(str(anchor.pk))
    group = person.anchors.get(refusal_code="several_faces")
    services.anchor_choose_face(anchor=group, face_index=1)
    tasks.embed(str(group.pk))
    services.person_set_cover(person=person, anchor=person.anchors.all()[1])
    return person


def exported(api) -> bytes:
    """The ZIP, after a worker has made it."""
    answer = api.post(URL)
    assert answer.status_code == 202, answer.content
    tasks.export_a_gallery(answer.json()["id"])
    job = api.get(f"{URL}{answer.json()['id']}/").json()
    assert job["state"] == "done", job
    answer = api.get(job["download"])
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert "attachment" in answer["Content-Disposition"]
    data = b"".join(answer.streaming_content)
    assert len(data) == job["size"] == int(answer["Content-Length"])
    return data


def seen(user) -> list[dict]:
    """Everything of a gallery that an export carries."""
    return [
        {
            "fields": {field: getattr(person, field) for field in services.FIELDS},
            "anchors": [
                (anchor.file_name, anchor.state, anchor.refusal_code, anchor.face_index)
                for anchor in person.anchors.order_by("created_at")
            ],
            "cover": person.cover
            and list(person.anchors.order_by("created_at")).index(person.cover),
        }
        for person in Person.objects.filter(owner=user).order_by("name", "created_at")
    ]


def test_the_zip_has_a_folder_a_person_and_a_file_that_tells_the_rest(api, user, ada):
    services.person_create(owner=user, name="Bea")

    with zipfile.ZipFile(io.BytesIO(exported(api))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        told = json.loads(archive.read("gallery.json"))

    folder = "Ada_ the first_only"
    assert names == [*(f"{folder}/000{n}.jpg" for n in (1, 2, 3, 4)), "gallery.json"]
    first, second = told["people"]
    assert (first["name"], first["cover"]) == ("Ada: the first/only", "0002.jpg")
    assert first["photos"][2]["face_index"] == 1
    assert (second["name"], second["photos"]) == ("Bea", [])


def test_imported_in_another_account_it_is_the_same_gallery(api, user, stranger, ada):
    """Two people of one name, and one without photos, too."""
    twin = services.person_create(owner=user, name=ada.name)
    tasks.embed(str(services.anchor_add(person=twin, data=make_face(3)).pk))
    services.person_create(owner=user, name="Bea", note="No photo yet")
    data = exported(api)

    job = imported(program(stranger), data)

    assert (job["state"], job["people_added"]) == ("done", 3)
    assert seen(stranger) == seen(user)
    again = imported(program(stranger), data)
    assert (again["progress"]["added"], again["people_added"]) == (0, 0)
    assert seen(stranger) == seen(user)


def test_a_gallery_that_went_out_and_came_back_is_not_doubled(api, user, stranger, ada):
    imported(program(stranger), exported(api))
    back = exported(program(stranger))

    job = imported(api, back)

    assert (job["progress"]["added"], job["progress"]["present"]) == (0, 4)
    assert job["people_added"] == 0
    assert Anchor.objects.filter(owner=user).count() == 4


def test_an_import_fills_in_what_is_missing_and_overwrites_nothing(api, user, stranger, ada):
    mine = services.person_create(owner=stranger, name=ada.name, note="My own note")

    imported(program(stranger), exported(api))

    mine.refresh_from_db()
    assert (mine.note, mine.tags) == ("My own note", ["work", "chess"])
    assert mine.anchors.count() == 4


def test_what_is_deleted_is_not_exported(api, user, ada):
    services.anchor_delete(anchor=ada.anchors.first())
    services.person_delete(person=services.person_create(owner=user, name="Bea"))

    with zipfile.ZipFile(io.BytesIO(exported(api))) as archive:
        assert len(archive.namelist()) == 4
        assert len(json.loads(archive.read("gallery.json"))["people"]) == 1


@pytest.mark.parametrize("how", ["missing", "damaged", "forbidden"])
def test_a_photo_that_cannot_be_read_is_named_and_the_others_are_exported(
    api, page, user, ada, how, monkeypatch
):
    bad, good = ada.anchors.all()[:2]
    unreadable(bad, how, monkeypatch)

    with zipfile.ZipFile(io.BytesIO(exported(api))) as archive:
        names = archive.namelist()
        (row,) = csv.DictReader(io.StringIO(archive.read("left-out.csv").decode()))
        photos = json.loads(archive.read("gallery.json"))["people"][0]["photos"]

    assert len(photos) == 3 and names.count("left-out.csv") == 1
    assert (row["person"], row["photo"]) == (ada.name, "holiday.jpg")
    assert row["added"] == f"{bad.created_at:%Y-%m-%d}" and row["reason"]
    job = api.get(URL).json()["results"][0]
    assert (job["written"], job["total"], job["left_out_count"]) == (3, 4, 1)
    assert job["left_out"] == [row]
    shown = words(page.get("/people/export/"))
    assert "1 photo could not be read and is not in the ZIP" in shown
    assert f"{ada.name}: holiday.jpg, added {row['added']}. {row['reason']}" in shown
    assert good.pk == ada.cover_id and photos[0]["file"] == "0002.jpg"


def unreadable(anchor: Anchor, how: str, monkeypatch) -> None:
    file = settings.MEDIA_ROOT / present(anchor.image.name)
    if how == "missing":
        file.unlink()
    elif how == "damaged":
        file.write_bytes(file.read_bytes()[:-9])
    else:  # root may read everything, so the mode of the file would not do
        storage_class = type(private_files().inner)
        opened = storage_class.open_sealed

        def forbidden(storage, name):
            if name == anchor.image.name:
                raise PermissionError(13, "Permission denied", name)
            return opened(storage, name)

        monkeypatch.setattr(storage_class, "open_sealed", forbidden)


def test_an_export_without_a_gap_says_nothing_of_gaps(api, page, ada):
    with zipfile.ZipFile(io.BytesIO(exported(api))) as archive:
        assert "left-out.csv" not in archive.namelist()

    assert api.get(URL).json()["results"][0]["left_out"] == []
    assert "could not be read" not in words(page.get("/people/export/"))


def test_a_photo_deleted_while_the_zip_is_made_is_no_gap(api, ada, monkeypatch):
    read, (first, *_rest) = exporting.left_out.read_photo, ada.anchors.all()

    def deleted_meanwhile(field):
        if field.name == first.image.name:
            services.anchor_delete(anchor=first, erase=True)
            raise exporting.left_out.PhotoUnreadable("The stored file is missing.")
        return read(field)

    monkeypatch.setattr(exporting.left_out, "read_photo", deleted_meanwhile)
    exported(api)

    assert api.get(URL).json()["results"][0]["left_out_count"] == 0


def test_the_row_names_the_first_photos_left_out_and_the_zip_all(api, ada, monkeypatch):
    monkeypatch.setattr(exporting, "LISTED", 2)
    for anchor in ada.anchors.all():
        (settings.MEDIA_ROOT / anchor.image.name).unlink()

    with zipfile.ZipFile(io.BytesIO(exported(api))) as archive:
        assert len(archive.read("left-out.csv").splitlines()) == 5

    job = api.get(URL).json()["results"][0]
    assert (job["written"], job["left_out_count"], len(job["left_out"])) == (0, 4, 2)


def test_an_import_takes_the_list_of_gaps_for_no_photo(api, stranger, ada):
    (settings.MEDIA_ROOT / ada.anchors.first().image.name).unlink()

    job = imported(program(stranger), exported(api))

    assert (job["state"], job["total"], job["progress"]["added"]) == ("done", 3, 2)  # one: no face


def test_a_run_that_was_cut_off_starts_anew(api, user, ada):
    id = api.post(URL).json()["id"]
    folder = settings.MEDIA_ROOT / "exports" / str(user.pk) / id
    folder.mkdir(parents=True)
    (folder / "0123-00000").write_bytes(b"what a killed run left")

    tasks.export_a_gallery(id)

    assert len(list(folder.iterdir())) == 1
    assert zipfile.is_zipfile(
        io.BytesIO(b"".join(api.get(f"{URL}{id}/download/").streaming_content))
    )


def test_an_export_under_way_is_not_made_twice(api, ada):
    assert api.post(URL).json()["id"] == api.post(URL).json()["id"]
    assert GalleryExport.objects.count() == 1


def test_an_export_expires(api, user, ada, django_capture_on_commit_callbacks):
    exported(api)
    job = GalleryExport.objects.get()
    folder = settings.MEDIA_ROOT / job.folder
    assert folder.exists()
    GalleryExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    url = f"{URL}{job.pk}/"
    assert api.get(url).json()["download"] is None
    assert_problem(api.get(f"{url}download/"), 404, "not_found")

    with django_capture_on_commit_callbacks(execute=True):
        tasks.erase_expired()

    assert not folder.exists()
    assert_problem(api.get(url), 404, "not_found")


def test_an_export_is_deleted_at_once(api, user, ada, django_capture_on_commit_callbacks):
    exported(api)
    job = GalleryExport.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"{URL}{job.pk}/").status_code == 204

    assert not (settings.MEDIA_ROOT / job.folder).exists()


def test_a_stranger_and_the_unknown_fetch_nothing(api, stranger, ada):
    from rest_framework.test import APIClient

    exported(api)
    url = f"{URL}{GalleryExport.objects.get().pk}/"
    theirs, anonymous = program(stranger), APIClient()

    for each in (url, f"{url}download/"):
        assert_problem(theirs.get(each), 404, "not_found")
        assert_problem(anonymous.get(each), 401, "not_authenticated")
    assert_problem(theirs.delete(url), 404, "not_found")
    assert theirs.get(URL).json()["results"] == []
    assert_problem(anonymous.post(URL), 401, "not_authenticated")
    assert GalleryExport.objects.count() == 1


def test_an_export_of_some_people_has_no_others(user):
    ada, bea = (services.person_create(owner=user, name=name) for name in ("Ada", "Bea"))
    for row in (ada, bea):
        services.anchor_add(person=row, data=make_face(0))

    job = export_create(owner=user, people=[ada.pk])
    tasks.export_a_gallery(str(job.pk))
    job.refresh_from_db()

    assert (job.state, job.written, job.total) == ("done", 1, 1)
