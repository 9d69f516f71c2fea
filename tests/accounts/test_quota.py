"""What an account may store: told before it is reached, and kept at every way in."""

import threading

import pytest
import requests
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.services import quota_set
from tests.support.clients import browser
from tests.support.pair_lists import LIST_BYTES
from tests.support.people import anchor, person, words
from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.rows import files_of, verification
from tests.support.servers import PATIENCE
from tests.support.submissions import submit_pair
from tests.support.things import plain_file, upload, zipped
from verification.jobs.storage import bytes_stored, storage_of
from verification.models import (
    Anchor,
    Batch,
    GalleryExport,
    GalleryImport,
    ImportedFile,
    Verification,
)
from verification.worker import tasks

API = "/api/v1/"
MB = 1024**2

pytestmark = pytest.mark.django_db


def allow(user: User, monkeypatch, more: int) -> None:
    """Give the account a quota that leaves room for so many bytes."""
    quota = bytes_stored(owner_id=user.pk) + more
    monkeypatch.setattr("verification.jobs.storage.quota_bytes", lambda **_: quota)
    for room in ("templatetags.storage", "comparisons.submission"):
        monkeypatch.setattr(f"verification.{room}.quota_of", lambda **_: quota)


@pytest.fixture
def full(user, monkeypatch):
    anchor(person(user, "Bea"))
    verification(user, "done")
    allow(user, monkeypatch, 0)


def ways_in(ada) -> list[tuple[str, dict]]:
    return [
        ("verifications/", {"probe": upload(), "reference": upload(2)}),
        ("identifications/", {"probe": upload()}),
        ("group_identifications/", {"probe": upload()}),
        ("searches/", {"probe": upload(), "photos": [upload(2), upload(3)]}),
        (f"people/{ada.pk}/anchors/", {"image": upload()}),
        ("batches/", {"pairs": plain_file(LIST_BYTES), "archive": plain_file(zipped())}),
        ("imports/", {"archive": plain_file(zipped())}),
        ("exports/", {}),
    ]


def test_every_way_in_of_the_api_is_refused_with_the_remedy(api, user, full):
    ada = person(user)

    for path, sent in ways_in(ada):
        body = assert_problem(api.post(API + path, sent), 413, "quota_exceeded")
        assert "Delete comparisons, photos, exports" in body["remedy"]
        assert "no room for this" in body["detail"]
    stored = (Batch, GalleryImport, GalleryExport)
    assert not [model for model in stored if model.objects.exists()]
    assert (Verification.objects.count(), Anchor.objects.count()) == (1, 1)


def test_a_body_that_is_the_zip_is_refused_too(api, full):
    answer = api.post(f"{API}imports/", zipped(), content_type="application/zip")

    assert_problem(answer, 413, "quota_exceeded")


def test_every_page_that_takes_something_says_so(owner, user, full):
    ada, script = person(user), {"accept": "application/json"}
    archive = SimpleUploadedFile("a.zip", zipped())

    pair = owner.post(
        "/compare/", {"probe": upload(), "reference": upload(2), "false_match_rate": "0.001"}
    )
    photos = owner.post(f"/people/{ada.pk}/photos/", {"photos": [upload()]}, headers=script)
    zip = owner.post("/people/import/", {"archive": archive}, headers=script)
    export = owner.post("/people/export/")

    for page in (pair, export):
        assert page.status_code == 413
        assert "no room for this" in words(page)
    assert "no room for this" in photos.json()["errors"][0]
    assert "no room for this" in zip.json()["error"]
    assert Anchor.objects.count() == 1


def test_what_fits_is_taken_and_counted(api, user, monkeypatch):
    allow(user, monkeypatch, 2 * MB)
    ada = person(user)
    anchor(ada, seed=9)

    for path, sent in ways_in(ada):
        assert api.post(API + path, sent).status_code in (201, 202), path

    rows = [*Verification.objects.all(), *Anchor.objects.all()]
    photos = sum(len(files_of(row)) for row in rows)
    assert photos > 0
    usage = api.get(f"{API}usage/").json()
    assert usage["total_bytes"] == bytes_stored(owner_id=user.pk) > usage["bytes"] > 0


def test_a_photo_of_an_import_that_does_not_fit_is_refused_by_name(api, user, monkeypatch):
    made = api.post(f"{API}imports/", {"archive": plain_file(zipped_people())}).json()
    allow(user, monkeypatch, 10)

    tasks.import_a_gallery(made["id"])

    line = ImportedFile.objects.get()
    assert (line.outcome, line.code) == ("refused", "quota_exceeded")
    assert "Then import the ZIP again." in line.remedy
    assert not Anchor.objects.exists()


def zipped_people() -> bytes:
    from tests.support.zips import packed

    return packed([("Ada/1.jpg", photo(1))])


def test_what_is_deleted_makes_room(api, user, monkeypatch):
    row = submit_pair(owner=user, probe=photo(1), reference=photo(2))
    allow(user, monkeypatch, 0)
    sent = {"probe": upload(1), "reference": upload(2)}
    assert api.post(f"{API}verifications/", sent).status_code == 413

    api.delete(f"{API}verifications/{row.pk}/")

    sent = {"probe": upload(1), "reference": upload(2)}
    assert api.post(f"{API}verifications/", sent).status_code == 202


def test_the_quota_is_the_accounts_own_or_else_the_sites(user, settings):
    settings.FACEVERIFY_QUOTA_MEGABYTES = 5
    assert storage_of(owner_id=user.pk).quota == 5 * MB

    quota_set(user=user, megabytes=7)
    assert storage_of(owner_id=user.pk).quota == 7 * MB
    quota_set(user=user, megabytes=0)
    assert storage_of(owner_id=user.pk).quota is None
    quota_set(user=user, megabytes=None)
    assert storage_of(owner_id=user.pk).quota == 5 * MB

    settings.FACEVERIFY_QUOTA_MEGABYTES = 0
    assert storage_of(owner_id=user.pk).quota is None
    with pytest.raises(ValidationError):
        quota_set(user=user, megabytes=-1)


def test_it_is_told_before_it_is_reached(owner, user, monkeypatch, api):
    ada = person(user)
    anchor(ada)
    pages = ("/compare/", "/people/import/", "/people/export/", "/batches/", f"/people/{ada.pk}/")
    used = bytes_stored(owner_id=user.pk)
    assert used > 0

    allow(user, monkeypatch, used)
    for page in pages:
        assert "storage is nearly full" not in words(owner.get(page)), page

    allow(user, monkeypatch, used // 5)
    for page in pages:
        assert "storage is nearly full" in words(owner.get(page)), page
    assert api.get(f"{API}usage/").json()["quota_bytes"] == used + used // 5
    assert "used by photos" in words(owner.get("/account/"))


def test_a_strangers_photos_do_not_count(user, stranger):
    before = bytes_stored(owner_id=user.pk)
    submit_pair(owner=stranger, probe=photo(1), reference=photo(2))
    anchor(person(stranger))

    assert bytes_stored(owner_id=user.pk) == before
    assert "storage" in words(browser(user).get("/account/")).lower()


@pytest.mark.server
def test_many_at_the_same_moment_do_not_pass_it_together(either_site):
    email = "crowd@example.org"
    key = either_site.new_key(email)
    either_site.ask(
        "from accounts.models import User; from accounts.services import quota_set\n"
        f"quota_set(user=User.objects.get(email={email!r}), megabytes=1)"
    )
    statuses: list[int] = []

    def submit(seed: int) -> None:
        photos = {"probe": photo(seed, size=(500, 500)), "reference": photo(seed + 1)}
        answer = requests.post(
            f"{either_site.url}/api/v1/verifications/",
            headers={"Authorization": f"Bearer {key}"}, files=photos, timeout=60,
        )  # fmt: skip
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=submit, args=(10 * number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert set(statuses) == {202, 413}
    usage = requests.get(
        f"{either_site.url}/api/v1/usage/", headers={"Authorization": f"Bearer {key}"}, timeout=60
    ).json()
    assert usage["quota_bytes"] == MB
    assert 0 < usage["total_bytes"] <= MB
