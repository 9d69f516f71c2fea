"""One ZIP with everything of an account."""

import io
import json
import zipfile

import pytest

from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.things import make_things
from verification.jobs.claims import claim
from verification.models import AccountExport, Anchor, Verification
from verification.retention.takeout import account_export_create, export_account
from verification.retention.takeout_parts import PARTS

pytestmark = pytest.mark.django_db


def made(owner) -> AccountExport:
    job = account_export_create(owner=owner)
    held = claim(AccountExport, pk=job.pk, worker=None)
    assert held and export_account(held)
    job.refresh_from_db()
    return job


def fetched(client, job) -> zipfile.ZipFile:
    answer = client.get(f"/account/downloads/{job.pk}/everything.zip")
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    return zipfile.ZipFile(io.BytesIO(content))


def test_everything_is_in_it_and_the_readme_says_what(user, stranger, owner):
    things = make_things(user)
    AccountExport.objects.all().delete()
    person(stranger, "Somebody else's")

    archive = fetched(owner, made(user))

    assert archive.testzip() is None
    readme = archive.read("README.txt").decode()
    parts = {part.file: json.loads(archive.read(part.file)) for part in PARTS}
    assert all(name in readme for name in parts)
    assert {row["name"] for row in parts["people.json"]} >= {"Ada", "Bea"}
    assert str(things["ids"]["verdict"]) in {row["id"] for row in parts["verdicts.json"]}
    for name in ("account", "account-keys", "reviews", "batches", "batches-pairs", "webhooks",
                 "webhooks-messages", "imports", "people-changes", "receipts"):  # fmt: skip
        assert parts[f"{name}.json"], name
    first = Anchor.objects.get(pk=things["ids"]["anchor"])
    with first.image.open() as file:
        assert archive.read(f"photos/people/{first.person_id}/{first.pk}.jpg") == file.read()
    stored = Verification.objects.filter(owner=user).count()
    assert sum(name.endswith("/probe.jpg") for name in archive.namelist()) == stored


def test_no_secret_is_in_it(user, owner):
    make_things(user)
    AccountExport.objects.all().delete()
    archive = fetched(owner, made(user))

    everything = b"".join(archive.read(part.file) for part in PARTS)

    for secret in (user.password, user.api_keys.get().digest, "claim_token", "submission_key"):
        assert secret.encode() not in everything


def test_a_photo_that_cannot_be_read_is_named(user, owner):
    row = anchor(person(user, "Ada"))
    row.image.storage.delete(str(row.image.name))

    archive = fetched(owner, job := made(user))

    assert job.left_out_count == 1 and str(row.pk) in archive.read("left-out.csv").decode()


def test_one_at_a_time(user):
    assert account_export_create(owner=user) == account_export_create(owner=user)


def test_a_run_whose_job_was_deleted_leaves_no_file(user, settings):
    anchor(person(user, "Ada"))
    held = claim(AccountExport, pk=account_export_create(owner=user).pk, worker=None)
    assert held
    AccountExport.objects.all().delete()

    assert not export_account(held)

    assert not list((settings.MEDIA_ROOT / "downloads").rglob("part*"))


def test_a_stranger_gets_nothing(user, other):
    job = made(user)

    assert other.get(f"/account/downloads/{job.pk}/everything.zip").status_code == 404
    assert other.post(f"/account/downloads/{job.pk}/delete/").status_code == 404
    assert AccountExport.objects.exists()
    assert photo(1)
