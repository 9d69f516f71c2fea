"""A request that ends without an import leaves no file behind."""

import socket
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.servers import eventually
from tests.support.zips import packed
from verification.gallery_io import services
from verification.models import GalleryImport
from verification.worker import sweep

API, PAGE = "/api/v1/imports/", "/people/import/"
SCRIPT = {"accept": "application/json"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    options = settings.STORAGES["private"]["OPTIONS"] | {"location": str(tmp_path)}
    private = settings.STORAGES["private"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"private": private}
    settings.MEDIA_ROOT = tmp_path


def zipped(name: str = "people.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, packed([("Ada/1.jpg", photo(1))]), "application/zip")


def stored() -> list[str]:
    """The folders of imports that have a file."""
    return sorted({file.parent.name for file in settings.MEDIA_ROOT.rglob("*") if file.is_file()})


def files_in(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.is_file()}


def made() -> list[str]:
    return sorted(str(pk) for pk in GalleryImport.objects.values_list("pk", flat=True))


def test_the_file_of_an_import_stays(api):
    assert api.post(API, {"archive": zipped()}).status_code == 202
    assert stored() == made() != []


def test_several_files_in_one_request(api, owner):
    three = {"archive": [zipped(), zipped(), zipped()]}

    refused = api.post(API, three)
    page = owner.post(PAGE, {"archive": [zipped(), zipped()]}, headers=SCRIPT)

    assert_problem(refused, 422, "several_archives")
    assert page.status_code == 422
    assert "Send one ZIP at a time." in page.json()["errors"]["archive"][0]
    assert (stored(), made()) == ([], [])


def test_a_form_without_its_token(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    assert browser.post(PAGE, {"archive": zipped()}).status_code == 403
    assert (stored(), made()) == ([], [])


def test_a_session_without_its_token_at_the_api(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)

    assert browser.post(API, {"archive": zipped()}).status_code == 403
    assert (stored(), made()) == ([], [])


def test_a_request_that_is_refused_after_its_file_was_stored(api):
    unknown = api.post(API, {"archive": zipped(), "name": "x"})
    body = api.post(f"{API}?name=x", packed([]), content_type="application/zip")

    assert (unknown.status_code, body.status_code) == (400, 400)
    assert (stored(), made()) == ([], [])


def test_a_request_that_is_sent_again(api):
    key = {"Idempotency-Key": "once"}

    first = api.post(API, {"archive": zipped()}, headers=key)
    again = api.post(API, {"archive": zipped()}, headers=key)

    assert (first.status_code, again.status_code) == (202, 202)
    assert stored() == made() == [first.json()["id"]]


def test_an_answer_that_fails_when_the_import_is_made(api, owner, monkeypatch):
    def broken(_job):
        raise RuntimeError("after the row")

    monkeypatch.setattr(services, "enqueue", broken)

    assert api.post(API, {"archive": zipped()}).status_code == 500
    assert owner.post(PAGE, {"archive": zipped()}).status_code == 500
    assert (stored(), made()) == ([], [])


def test_a_kept_answer_that_fails_takes_the_import_and_its_file_back(api, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("after the import was made")

    monkeypatch.setattr("faceverify.api.idempotency._keep", broken)

    answer = api.post(API, {"archive": zipped()}, headers={"Idempotency-Key": "once"})

    assert answer.status_code == 500
    assert (stored(), made()) == ([], [])


@pytest.mark.server
def test_a_connection_that_is_cut_in_the_middle(place):
    key = place.new_key()
    head = (
        f"POST {API} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
    )
    before = files_in(place.home / "media")

    with socket.create_connection(("127.0.0.1", place.port), timeout=60) as connection:
        connection.sendall(head.encode())
        connection.sendall(bytes(8 * 1024**2))
        new = eventually(lambda: files_in(place.home / "media") - before, "the beginning of a file")

    eventually(lambda: not any(file.exists() for file in new), "that it is gone")
    listed = requests.get(
        place.url + API, headers={"Authorization": f"Bearer {key}"}, timeout=60
    ).json()
    assert listed["results"] == []


def test_what_a_killed_process_leaves_is_looked_for_every_hour():
    assert sweep.PRUNE_SECONDS <= 3600
