"""`manage.py rotate_keys` seals everything with the newest key, whatever happens meanwhile."""

import signal
from io import StringIO

import numpy as np
import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from tests.support.people import anchor, person
from tests.support.present import present
from tests.support.rows import verification
from tests.support.servers import PATIENCE, Site, eventually
from verification.gallery.embeddings import encrypt_embedding
from verification.models import Anchor
from verification.photos.sealing import Keyring
from verification.photos.storage import EncryptedStorage, private_files
from verification.upkeep import rotation, stored
from verification.webhooks.services import secrets_of, webhook_create

NEW = Fernet.generate_key().decode()


@pytest.fixture
def old(settings, media):
    """The key that everything was sealed with before NEW came."""
    return settings.FACEVERIFY_FILE_KEYS[0]


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_afterwards_nothing_needs_the_old_key(user, settings, media, old):
    row = verification(user)
    clear = private_files().open(present(row.probe_image.name)).read()
    from_before = media / present(row.reference_image.name)
    from_before.write_bytes(Fernet(old).encrypt(clear))  # from an earlier version
    webhook, secret = webhook_create(
        owner=user, url="https://example.org/", events=["batch.completed"]
    )
    photo = anchor(person(user, "Ada"), "pending", seed=5)
    Anchor.objects.update(embedding=Fernet(old).encrypt(encrypt_embedding(np.ones(2))))
    settings.FACEVERIFY_FILE_KEYS = [NEW, old]

    said = rotate()

    assert "3 files and 2 values were sealed" in said and "can be removed" in said
    settings.FACEVERIFY_FILE_KEYS = [NEW]
    row.refresh_from_db()
    webhook.refresh_from_db()
    for name in map(present, (row.probe_image.name, row.reference_image.name)):
        assert private_files().open(name).read() == clear
    assert row.reference_image_bytes == private_files().size(present(row.reference_image.name))
    assert private_files().open(present(photo.image.name)).read()
    assert secrets_of(webhook) == [secret]
    assert "0 files and 0 values" in rotate()


@pytest.mark.django_db
def test_what_others_write_or_delete_meanwhile_stays_as_they_left_it(
    user, settings, media, old, monkeypatch
):
    former = {name: Fernet(old).encrypt(name.encode()) for name in ("a/deleted", "a/replaced")}
    for name, token in former.items():
        private_files().save(name, ContentFile(b""))
        (media / name).write_bytes(token)
    first, second = (
        webhook_create(owner=user, url="https://example.org/", events=["batch.completed"])[0],
        webhook_create(owner=user, url="https://example.org/2", events=["batch.completed"])[0],
    )
    settings.FACEVERIFY_FILE_KEYS = [NEW, old]
    create, sealed_values = EncryptedStorage.create, rotation.sealed_values

    def meddling(storage, name):
        """Between reading the old file and putting the new one in its place."""
        monkeypatch.undo()
        storage.delete("a/deleted")
        storage.delete("a/replaced")
        storage.save("a/replaced", ContentFile(b"newer"))
        return create(storage, name)

    def meddling_too():
        for value in sealed_values():
            if value.pk == first.pk:
                type(first).objects.filter(pk=first.pk).delete()
            else:
                newer = Keyring((NEW, old)).encrypt(b"newer")
                type(first).objects.filter(pk=second.pk).update(secret=newer)
            yield value

    monkeypatch.setattr(EncryptedStorage, "create", meddling)
    rotation.rotate()
    monkeypatch.setattr(rotation, "sealed_values", meddling_too)
    rotation.rotate()

    assert not private_files().exists("a/deleted")
    assert private_files().open("a/replaced").read() == b"newer"
    assert not type(first).objects.filter(pk=first.pk).exists()
    assert secrets_of(type(first).objects.get(pk=second.pk)) == ["newer"]


@pytest.mark.django_db
def test_what_no_key_opens_is_told_and_the_keys_are_to_be_kept(user, settings, media, old):
    row = verification(user)
    (media / present(row.probe_image.name)).write_bytes(b"damaged")
    settings.FACEVERIFY_FILE_KEYS = [NEW, old]

    with pytest.raises(CommandError, match="1 files and 0 values do not open") as refused:
        rotate()

    assert "Keep the older keys" in str(refused.value)
    settings.FACEVERIFY_FILE_KEYS = [NEW]
    assert private_files().open(present(row.reference_image.name)).read()


@pytest.mark.django_db
def test_every_binary_column_is_taken_for_a_sealed_value(user, settings, media):
    webhook_create(owner=user, url="https://example.org/", events=["batch.completed"])

    assert {(value.model.__name__, value.column) for value in stored.sealed_values()} == {
        ("Webhook", "secret")
    }


MAKE = """
import os
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.files.base import ContentFile
from verification.photos.storage import private_files
former = Fernet(settings.FACEVERIFY_FILE_KEYS[0])
for n in range({count}):
    name = private_files().save(f"imports/owner/{{n:04}}/archive", ContentFile(b"photo %d" % n))
    if n % 2:
        (settings.MEDIA_ROOT / name).write_bytes(former.encrypt(b"photo %d" % n))
"""
LOOK = """
from verification.photos.storage import private_files
for n in range({count}):
    name = f"imports/owner/{{n:04}}/archive"
    assert private_files().open(name).read() == b"photo %d" % n, name
"""


@pytest.mark.server
def test_a_run_that_is_killed_leaves_everything_readable_and_the_next_one_ends_it(tmp_path):
    old = Fernet.generate_key().decode()
    place = Site(tmp_path, FACEVERIFY_FILE_KEYS=old)
    count = 600
    place.ask(MAKE.format(count=count))
    folder = tmp_path / "media/imports/owner"
    before = {path: path.read_bytes()[:200] for path in folder.rglob("archive")}
    place.environment["FACEVERIFY_FILE_KEYS"] = f"{NEW},{old}"

    for part in (5, 2):
        running = place.launch("rotate", "manage.py", "rotate_keys")
        eventually(
            lambda part=part: changed(before) > count / part,
            "some files to be sealed anew",
        )
        running.send_signal(signal.SIGKILL)
        assert running.wait(PATIENCE) == -signal.SIGKILL
        assert 0 < changed(before) < count
        place.ask(LOOK.format(count=count))

    assert "can be removed" in place.run("manage.py", "rotate_keys")
    place.environment["FACEVERIFY_FILE_KEYS"] = NEW
    place.ask(LOOK.format(count=count))
    place.close()


def changed(before: dict) -> int:
    return sum(path.read_bytes()[:200] != start for path, start in before.items())
