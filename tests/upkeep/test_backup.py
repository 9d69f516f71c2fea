"""`manage.py backup` and `restore`: everything is there again, in an empty installation."""

import contextlib
import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from tests.support.faces import make_face
from tests.support.present import present
from tests.support.programs import Client
from tests.support.rows import verification
from tests.support.servers import postgres_server, site
from verification.models import Verification
from verification.photos.storage import private_files
from verification.upkeep import backup as taking
from verification.upkeep import backup_folders, databases


@contextlib.contextmanager
def two_databases(kind: str):
    """The settings of one installation and of another, empty one."""
    if kind == "sqlite":
        yield {}, {}
        return
    import psycopg

    with postgres_server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE other")
        yield {"DATABASE_URL": url}, {"DATABASE_URL": url.replace("/postgres", "/other")}


@pytest.mark.server
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("sqlite", marks=pytest.mark.slow),
        pytest.param("postgresql", marks=pytest.mark.postgres),
    ],
)
def test_a_backup_of_a_running_site_is_served_by_an_empty_installation(tmp_path, kind):
    folder, keys = tmp_path / "backup", tmp_path / "backup.keys"
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with two_databases(kind) as (one, two):
        with site(tmp_path / "one", **one) as place:
            place.start_web()
            api_key = place.new_key()
            client = Client(place, api_key)
            id = client.submit(make_face(1), make_face(1, 1), title="Ada?").json()["id"]
            place.ask(FILL)
            stored, access = place.ask(HASHES), place.ask(ACCESS)

            said = place.run("manage.py", "backup", str(folder))

            assert f"Move {keys} elsewhere" in said
            client.submit(make_face(2), make_face(3))  # comes too late

        shutil.rmtree(tmp_path / "one")
        everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert b"Ada?" not in everything and b"@example.org" not in everything
        assert "looks" not in [path.name for path in (folder / backup_folders.MEDIA).iterdir()]
        with site(tmp_path / "two", **two) as place:
            place.run("manage.py", "check")  # made its own keys
            said = place.run("manage.py", "restore", str(folder), "--keys", str(keys))

            assert "Everything is in order." in said
            client = Client(place.start_web(), api_key)
            listed = client.session.get(f"{place.url}/api/v1/verifications/").json()["results"]
            assert [row["id"] for row in listed] == [id] and listed[0]["title"] == "Ada?"
            assert place.ask(HASHES) == stored
            assert place.ask(ACCESS) == access != ""
            assert client.submit(make_face(2), make_face(3)).status_code == 202
            assert place.ask(LOOK) == "secret 0\n"


ACCESS = """
from accounts.access_keys import pair_of
from accounts.models import ApiKey
print(*(pair_of(key).secret for key in ApiKey.objects.order_by("pk")))
"""
HASHES = """
import hashlib
from verification.models import Verification
from verification.photos.storage import private_files
for row in Verification.objects.filter(title="Ada?"):
    for name in (row.probe_image.name, row.reference_image.name):
        print(hashlib.sha256(private_files().open(name).read()).hexdigest())
"""
FILL = """
from django.core.files.base import ContentFile
from accounts.models import User
from verification.models import Look, Webhook
from verification.photos.storage import cipher
owner = User.objects.first()
Webhook.objects.create(owner=owner, url="https://example.org/", secret=cipher().encrypt(b"secret"))
passing = Look(owner=owner, task="faces")  # while somebody waits for the answer
passing.request.save("request", ContentFile(b"photo"), save=False)
passing.save()
"""
LOOK = """
from verification.models import Look, Webhook
from verification.photos.storage import cipher
print(cipher().decrypt(bytes(Webhook.objects.get().secret)).decode(), Look.objects.count())
"""


# What is refused, and what happens meanwhile: without servers.


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    return settings.VAR_DIR


@pytest.fixture
def folder(transactional_db, user, media, var, tmp_path) -> Path:
    """A backup of a verification."""
    verification(user)
    folder = tmp_path / "backup"
    call_command("backup", str(folder), stdout=StringIO())
    return folder


def refused(folder: Path, *options: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("restore", str(folder), *options, stdout=StringIO())
    return str(error.value)


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "a file changed": (lambda f: change(next((f / "media").rglob("probe"))), "probe was changed"),
    "a file missing": (lambda f: next((f / "media").rglob("probe")).unlink(), "probe is missing"),
    "the database changed": (lambda f: change(f / "database"), "database was changed"),
    "the manifest changed": (lambda f: change(f / "manifest.json"), "manifest.json was changed"),
    "not finished": (lambda f: (f / "manifest.json").unlink(), "was not finished"),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_backup_is_refused_before_anything_is_changed(folder, media, how):
    damage, words = DAMAGES[how]
    damage(folder)
    before = sorted(media.rglob("*"))

    assert words in refused(folder, "--force")

    assert sorted(media.rglob("*")) == before
    assert Verification.objects.count() == 1


def test_a_backup_with_other_keys_is_refused_and_the_remedy_named(folder, settings):
    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]

    assert "--keys FOLDER" in refused(folder, "--force")


@pytest.mark.parametrize(
    "newer", [{"version": 2}, {"migrations": [["verification", "9999_later"]]}]
)
def test_a_backup_of_a_newer_version_is_refused(folder, newer):
    manifest = json.loads((folder / "manifest.json").read_text())
    backup_folders.write_manifest(folder, manifest | newer)

    assert "newer version" in refused(folder, "--force")


def test_a_backup_of_another_kind_of_database_is_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    backup_folders.write_manifest(folder, manifest | {"database": "another"})

    assert "set it to an empty database of that kind" in refused(folder)


def test_an_installation_that_is_not_empty_is_left_alone(folder):
    assert "say --force" in refused(folder)
    assert Verification.objects.count() == 1


def test_keys_that_a_setting_gives_are_not_changed_behind_its_back(
    folder, tmp_path, settings, monkeypatch
):
    monkeypatch.setenv("FACEVERIFY_FILE_KEYS", "another")
    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]

    said = refused(folder, "--force", "--keys", str(tmp_path / "backup.keys"))

    assert "FACEVERIFY_FILE_KEYS is set to another key" in said
    assert not (settings.VAR_DIR / "file_keys").exists()


def test_the_keys_go_where_the_operator_says_or_nowhere(
    transactional_db, user, media, var, tmp_path, settings
):
    call_command("backup", str(tmp_path / "a"), "--keys", str(tmp_path / "usb"), stdout=StringIO())
    call_command("backup", str(tmp_path / "b"), "--without-keys", stdout=StringIO())

    assert (tmp_path / "usb/file_keys").stat().st_mode & 0o777 == 0o600
    masters = (tmp_path / "usb/rekognition_keys").read_text().split()
    assert masters == settings.FACEVERIFY_REKOGNITION_KEYS
    assert not list(tmp_path.glob("*.keys"))
    with pytest.raises(CommandError, match="not empty: name a new folder"):
        call_command("backup", str(tmp_path / "a"), stdout=StringIO())
    with pytest.raises(CommandError, match="belong elsewhere"):
        call_command("backup", str(tmp_path / "c"), "--keys", str(tmp_path / "c/keys"))


def test_what_is_stored_and_deleted_meanwhile_is_as_the_copied_database_says(
    transactional_db, user, media, var, tmp_path, monkeypatch
):
    kept, before, after = (verification(user) for _ in range(3))
    kept_name, first, second = (present(r.probe_image.name) for r in (kept, before, after))
    names = {}
    dump = databases.dump

    def dump_while_the_site_runs(out):
        before.delete()
        names["new"] = present(verification(user).probe_image.name)
        ids = dump(out)
        after.delete()
        names["late"] = present(verification(user).probe_image.name)
        return ids

    monkeypatch.setattr(taking.databases, "dump", dump_while_the_site_runs)

    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())

    copied = {path.relative_to(tmp_path / "backup/media").as_posix()
              for path in (tmp_path / "backup/media").rglob("probe")}  # fmt: skip
    assert copied == {kept_name, names["new"], second}
    assert not private_files().exists(first) and not private_files().exists(second)


def test_without_the_programs_of_postgresql_that_is_said(monkeypatch):
    monkeypatch.setattr(databases.shutil, "which", lambda *_a, **_o: None)

    with pytest.raises(databases.DatabaseNotCopied, match="postgresql-client"):
        databases._program("pg_dump")
