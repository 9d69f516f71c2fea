"""`manage.py check_integrity` finds what is missing, what is too much, and what does not open."""

import json
import os
from io import StringIO

import numpy as np
import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from tests.support.imports import sent
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.present import present
from tests.support.rows import verification
from tests.support.submissions import submit_photos
from tests.support.zips import packed
from verification.gallery.embeddings import encrypt_embedding
from verification.models import Anchor, GalleryExport, Person, Verification
from verification.photos.storage import private_files
from verification.webhooks.services import webhook_create

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def counts(*options: str) -> dict[str, int]:
    """What it counts, without the kinds that it found nothing of."""
    out = StringIO()
    try:
        call_command("check_integrity", "--json", *options, stdout=out, stderr=StringIO())
        failed = False
    except CommandError:
        failed = True
    found = {kind: n for kind, n in json.loads(out.getvalue()).items() if n}
    assert failed == bool(found) or "--fix" in options
    return found


def aged(media) -> None:
    """All of it stored long ago."""
    for path in [*media.rglob("*")]:
        os.utime(path, (0, 0))


@pytest.fixture
def stored(user, api, settings):
    """A row of each kind with files, each of them in order."""
    row = verification(user, "done")
    submit_photos(owner=user, probe=photo(1), photos=[("a.jpg", photo(2))])
    ada = person(user, "Ada")
    anchor(ada, "pending", seed=3)
    Anchor.objects.update(embedding=encrypt_embedding(np.ones(2)))
    webhook_create(owner=user, url="https://example.org/", events=["batch.completed"])
    sent(api, packed([("Ada/1.jpg", photo(4))]))
    return row


def test_a_site_in_order_has_no_fault(stored, media):
    aged(media)

    assert counts() == counts("--quick") == {}


def test_a_missing_file_is_found_whichever_column_names_it(stored, media):
    for path in [*media.rglob("*")]:
        if path.is_file():
            path.unlink()

    found = counts("--quick")

    # two photos of each verification, one of the anchor, and the ZIP of the import
    assert found == {"row_without_file": 6}
    assert counts("--fix") == found


def test_a_damaged_file_or_value_is_found(stored, media, settings):
    (media / present(stored.probe_image.name)).write_bytes(b"FVS\x01 nothing")
    (media / present(stored.reference_image.name)).write_bytes(b"nothing")
    assert counts("--quick")["wrong_size"] == 2
    Anchor.objects.update(embedding=b"nothing")

    found = counts()

    assert (found["file_unreadable"], found["value_unreadable"]) == (2, 1)


def test_with_other_keys_nothing_opens(stored, settings):
    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]

    assert counts() == {"file_unreadable": 6, "value_unreadable": 2}


def test_what_nobody_names_is_found_after_an_hour_and_deleted_if_that_is_wanted(
    stored, media, user
):
    gone = verification(user)
    Verification.objects.filter(pk=gone.pk)._raw_delete("default")
    private_files().save(f"{stored.folder}/probe_crop", ContentFile(b"of a run that was killed"))
    private_files().save("elsewhere/file", ContentFile(b"of nobody"))
    assert counts() == {}  # somebody may still be at it
    aged(media)

    found = counts("--fix")

    assert found == {"file_without_row": 2, "folder_without_row": 1}
    assert not (media / gone.folder).exists()
    assert counts() == {}
    assert private_files().open(present(stored.probe_image.name)).read()


def test_a_wrong_size_is_noted_right(stored):
    right = stored.probe_image_bytes
    Verification.objects.filter(pk=stored.pk).update(probe_image_bytes=1)

    assert counts("--fix") == {"wrong_size": 1}

    stored.refresh_from_db()
    assert stored.probe_image_bytes == right
    assert counts() == {}


def test_an_export_that_can_be_fetched_needs_its_zip(user, media):
    export = GalleryExport.objects.create(owner=user, stem="a" * 32, size=5)
    GalleryExport.objects.update(
        state="done", finished_at=export.created_at, expires_at="2999-01-01T00:00:00Z"
    )
    assert counts() == {"row_without_file": 1}

    private_files().save(f"{export.folder}/{'a' * 32}", ContentFile(b"12345"))
    private_files().save(f"{export.folder}/{'b' * 32}", ContentFile(b"of a lost run"))
    aged(media)

    assert counts() == {"file_without_row": 1}


def test_a_reference_to_a_row_that_is_gone_is_found(stored):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL does not let it happen")
    with connection.constraint_checks_disabled():
        Person.all_objects.all()._raw_delete("default")

        assert counts()["dangling_reference"] >= 1
        Anchor.all_objects.all()._raw_delete("default")


def test_what_it_prints_names_no_person_and_no_file(user, media, capsys):
    ada = person(user, "Ada Lovelace")
    row = anchor(ada, seed=3, file_name="ada-at-home.jpg")
    private_files().delete(present(row.image.name))

    with pytest.raises(CommandError, match="--list says where"):
        call_command("check_integrity", "--list")

    said = "".join(capsys.readouterr())
    assert f"row_without_file: Anchor {row.pk}" in said
    assert "Ada" not in said and "ada-at-home" not in said and user.email not in said
