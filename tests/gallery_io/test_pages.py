"""/people/import/ and /people/export/"""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.support.clients import reauthenticate
from tests.support.people import words
from tests.support.photos import photo
from tests.support.zips import packed
from verification.gallery import services
from verification.models import GalleryExport, GalleryImport, ImportedFile
from verification.worker import tasks

IMPORTS, EXPORTS = "/people/import/", "/people/export/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, user):
    client.force_login(user)
    reauthenticate(client, user)
    return client


def upload(data: bytes | None = None):
    data = packed([("Ada/1.jpg", photo(1)), ("=Bea/notes.txt", b"x")]) if data is None else data
    return {"archive": SimpleUploadedFile("people.zip", data, "application/zip")}


def finished(owner, **values) -> GalleryImport:
    job = GalleryImport.objects.create(
        owner=owner, state="done", finished_at=timezone.now(), file_name="people.zip", size=9, **values
    )  # fmt: skip
    ImportedFile.objects.create(job=job, number=0, path="Ada/1.jpg", outcome="added")
    ImportedFile.objects.create(
        job=job, number=1, path="=Bea/notes.txt", person_name="=Bea", outcome="refused",
        code="not_an_image", detail="The file is not a photo.", remedy="Leave it out.",
    )  # fmt: skip
    return job


def test_the_people_lead_to_both(page, user):
    assert IMPORTS in page.get("/people/").content.decode()
    services.person_create(owner=user, name="Ada")

    told = page.get("/people/").content.decode()

    assert IMPORTS in told and EXPORTS in told


def test_a_form_sends_a_zip_and_shows_what_becomes_of_it(page, user):
    answer = page.post(IMPORTS, upload(), follow=True)

    job = GalleryImport.objects.get(owner=user)
    assert answer.redirect_chain == [(f"{IMPORTS}{job.pk}/", 302)]
    assert "Waiting for a worker" in words(answer)
    tasks.import_a_gallery(str(job.pk))
    told = words(page.get(f"{IMPORTS}{job.pk}/status/"))
    assert "1 of 2 files finished, 1 face still to find" in told
    assert "=Bea/notes.txt" in told and "Leave it out, or save it as JPEG" in told


def test_a_script_is_told_where_to_go_or_what_is_wrong(page, user, settings):
    good = page.post(IMPORTS, upload(), headers={"accept": "application/json"})
    empty = page.post(IMPORTS, upload(b""), headers={"accept": "application/json"})
    settings.FACEVERIFY_IMPORT_MEGABYTES = 0
    large = page.post(IMPORTS, upload(), headers={"accept": "application/json"})

    assert (good.status_code, good.json()["location"]) == (
        201,
        f"{IMPORTS}{GalleryImport.objects.get().pk}/",
    )
    assert (empty.status_code, large.status_code) == (422, 422)
    assert "Pack the folder" in empty.json()["errors"]["archive"][0]
    assert "larger than 0 MB" in large.json()["errors"]["archive"][0]


def test_a_form_without_a_file_says_so(page):
    answer = page.post(IMPORTS, {})

    assert answer.status_code == 422
    assert "No file was sent. Choose a ZIP." in words(answer)
    assert not GalleryImport.objects.exists()


def test_the_token_of_the_form_is_asked_for(user):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)
    assert careful.post(IMPORTS, upload()).status_code == 403
    assert not GalleryImport.objects.exists()

    token = careful.get(IMPORTS).context["csrf_token"]
    sent = careful.post(IMPORTS, upload() | {"csrfmiddlewaretoken": str(token)})

    assert sent.status_code == 302
    assert GalleryImport.objects.count() == 1


def test_a_report_is_filtered_and_downloaded(page, user):
    job = finished(user, total=2)
    url = f"{IMPORTS}{job.pk}/"

    everything, refused = page.get(url), page.get(f"{url}?outcome=refused")
    assert "Ada/1.jpg" in words(everything)
    assert "Ada/1.jpg" not in words(refused) and "Leave it out." in words(refused)
    answer = page.get(f"{url}report.csv?outcome=refused")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows == [
        ["file", "person", "result", "code", "reason", "what to do"],
        ["'=Bea/notes.txt", "'=Bea", "refused", "not_an_image", "The file is not a photo.", "Leave it out."],
    ]  # fmt: skip
    assert "attachment" in answer["Content-Disposition"]


def test_a_refused_zip_says_why_and_what_to_do(page, user):
    job = page.post(IMPORTS, upload(b"no zip"), follow=True)
    tasks.import_a_gallery(str(GalleryImport.objects.get().pk))

    told = words(page.get(job.redirect_chain[0][0]))

    assert "Nothing was imported" in told
    assert "The file is not a ZIP, or it is incomplete." in told


def test_a_failed_import_is_tried_again_and_a_report_deleted(page, user):
    job = finished(user, total=2)
    GalleryImport.objects.update(state="failed", failure_code="worker_lost")
    assert "goes on where it stopped" in words(page.get(f"{IMPORTS}{job.pk}/"))

    page.post(f"{IMPORTS}{job.pk}/retry/")
    assert GalleryImport.objects.get().state == "pending"
    page.post(f"{IMPORTS}{job.pk}/delete/")

    assert not GalleryImport.objects.exists()


def test_an_export_is_made_fetched_and_deleted(page, user):
    ada = services.person_create(owner=user, name="Ada")
    services.anchor_add(person=ada, data=photo(1))
    assert "No export yet" in words(page.get(EXPORTS))
    assert "0 photos packed" in words(page.post(EXPORTS, follow=True))

    job = GalleryExport.objects.get()
    tasks.export_a_gallery(str(job.pk))
    assert "1 photo," in words(page.get(f"{EXPORTS}status/"))
    fetched = page.get(f"{EXPORTS}{job.pk}/gallery.zip")
    assert b"".join(fetched.streaming_content).startswith(b"PK")
    page.post(f"{EXPORTS}{job.pk}/delete/")

    assert not GalleryExport.objects.exists()


def test_a_report_takes_the_same_queries_however_long(page, user, django_assert_num_queries):
    job = finished(user, total=90)
    page.get(f"{IMPORTS}{job.pk}/")
    ImportedFile.objects.bulk_create(
        ImportedFile(job=job, number=n, path=f"Ada/{n}.jpg", outcome="added") for n in range(2, 90)
    )

    with django_assert_num_queries(5):
        page.get(f"{IMPORTS}{job.pk}/")
