"""No start with keys that open nothing of what is stored, and none that makes a new key beside it."""

import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from faceverify import secret_files
from tests.support.servers import PATIENCE, ROOT, site
from verification.models import Anchor, Batch, BatchPhoto, Person, Webhook
from verification.photos.keys import KeysLost, check_keys
from verification.photos.storage import cipher, private_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(django_user_model):
    return django_user_model.objects.create_user("owner@example.org", "correct horse 9")


@pytest.fixture(autouse=True)
def _own_folders(media, settings, tmp_path):
    settings.FACEVERIFY_NEW_FILE_KEY = tmp_path / "file_keys"


def anchor(owner):
    person = Person.objects.create(owner=owner, name="Ada")
    return Anchor(owner=owner, person=person, embedding=cipher().encrypt(b"numbers"))


def batch_photo(owner):
    batch = Batch.objects.create(owner=owner, total=1)
    return BatchPhoto(batch=batch, key="1", embedding=cipher().encrypt(b"numbers"))


def webhook(owner):
    return Webhook(owner=owner, url="https://example.org", secret=cipher().encrypt(b"secret"))


@pytest.mark.parametrize("kind", ["verifications", "anchors", "batches", "imports", "exports"])
def test_no_key_is_made_while_any_stored_file_needs_the_lost_one(tmp_path, media, kind):
    photo = media / kind / "owner/id/file"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"x")

    with pytest.raises(ImproperlyConfigured) as refused:
        secret_files.file_keys(tmp_path / "file_keys", media)

    assert "Restore it from a backup, or set FACEVERIFY_FILE_KEYS" in str(refused.value)
    assert f"delete the database and what is in {media}" in str(refused.value)
    assert not (tmp_path / "file_keys").exists()


def test_a_key_is_made_where_nothing_is_stored(tmp_path, media):
    (media / "anchors/owner").mkdir(parents=True)
    (media / ".gitkeep").touch()

    (key,) = secret_files.file_keys(tmp_path / "file_keys", media)

    assert Fernet(key)


@pytest.mark.parametrize("make", [anchor, batch_photo, webhook])
def test_what_the_database_holds_encrypted_needs_its_key(settings, owner, make):
    make(owner).save()
    right = settings.FACEVERIFY_FILE_KEYS
    check_keys()

    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(KeysLost, match="set FACEVERIFY_FILE_KEYS to the keys that were in it"):
        check_keys()
    with pytest.raises(CommandError, match=r"verification\.E003"):
        call_command("check", databases=["default"])

    settings.FACEVERIFY_FILE_KEYS = [*settings.FACEVERIFY_FILE_KEYS, *right]
    check_keys()


def test_stored_files_need_their_key(settings):
    private_files().save("exports/owner/id/part-00000", ContentFile(b"photos"))
    check_keys()

    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(KeysLost):
        check_keys()


def test_a_damaged_file_among_others_is_no_lost_key(media, owner):
    webhook(owner).save()
    (media / "exports").mkdir()
    (media / "exports/part-00000").write_bytes(b"damaged")

    check_keys()


def test_where_nothing_is_stored_any_key_will_do(settings):
    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]

    check_keys()


START = {
    "migrate": ["manage.py", "migrate"],
    "web": ["-m", "gunicorn", "--config", "python:faceverify.gunicorn", "faceverify.wsgi"],
    "worker": ["-m", "celery", "--quiet", "--app", "faceverify", "worker"],
}


@pytest.mark.server
def test_a_site_whose_database_alone_needs_the_lost_key_does_not_start(tmp_path):
    with site(tmp_path, FACEVERIFY_WEBHOOK_PRIVATE="true") as place:
        place.ask(
            "from accounts.models import User\n"
            "from verification.webhooks.services import webhook_create\n"
            "owner = User.objects.create_user('owner@example.org', 'correct horse 9')\n"
            "webhook_create(owner=owner, url='http://192.0.2.1/', events=['batch.completed'])"
        )
        keys = tmp_path / "var/file_keys"
        keys.rename(tmp_path / "backup")

        for command in START.values():
            refused = subprocess.run(
                [sys.executable, *command],
                cwd=ROOT, env=place.environment, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
            assert refused.returncode != 0
            assert f"Restore the file {keys} from a backup" in refused.stderr
            assert not keys.exists()

        (tmp_path / "backup").rename(keys)
        place.run("manage.py", "check", "--database", "default")
