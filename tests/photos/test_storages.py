"""What a folder and a bucket do alike: the encrypted storage on both."""

import io
import os
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.support.rows import verification
from verification.photos import bucket_objects
from verification.photos.bucket import BucketStorage
from verification.photos.checks import check_bucket, check_media_folder
from verification.photos.keys import check_keys_at_migrate
from verification.photos.private import StorageUnavailable
from verification.photos.sealing import FileUnreadable
from verification.photos.storage import private_files
from verification.photos.zip_reader import Archive
from verification.upkeep import integrity

pytestmark = pytest.mark.server
FILE = "anchors/ada/1/image"
YEAR = 365 * 24 * 3600.0


def saved(files, name: str = FILE, data: bytes = b"photo") -> str:
    return files.save(name, ContentFile(data))


@pytest.mark.parametrize("name", ["../taken", "/etc/taken", "anchors/../../taken", "anchors/.."])
def test_no_file_is_stored_outside_of_its_place(files, name):
    with pytest.raises(SuspiciousFileOperation):
        files.save(name, ContentFile(b"a photo"))

    assert list(files.names()) == []


def test_a_name_that_is_taken_is_not_given_twice(files):
    first = files.save(FILE, ContentFile(b"a photo"))

    second = files.save(FILE, ContentFile(b"another"))

    assert first == FILE
    assert second.startswith(f"{FILE}_")
    assert files.open(first).read() == b"a photo"
    assert files.open(second).read() == b"another"


def test_what_is_stored_is_read_and_what_lies_below_is_sealed(files):
    name = saved(files)

    assert files.open(name).read() == b"photo"
    sealed = files.inner.open_sealed(name).read()
    assert b"photo" not in sealed and files.size(name) == len(sealed)
    assert files.exists(name) and files.exists("anchors/ada")
    assert not files.exists("anchors/ad") and not files.exists("anchors/bob/1/image")
    assert files.get_modified_time(name) <= files.get_modified_time("anchors/ada/1")


def test_what_is_not_there_is_told_so(files):
    saved(files)

    for look in (files.open, files.size, files.get_modified_time, files.renew_key):
        with pytest.raises(FileNotFoundError):
            look("anchors/ada/2/image")
    files.delete("anchors/ada/2/image")
    files.delete_folder("anchors/ada/2")
    assert not files.inner.is_lost("anchors")


def test_a_name_that_is_taken_becomes_another_and_nobodys_file_is_overwritten(files):
    one, two = files.create(FILE), files.create(FILE)
    one.write(b"one")
    two.write(b"two")

    names = one.finish(), two.finish()

    assert names[0] == FILE != names[1]
    assert [files.open(name).read() for name in names] == [b"one", b"two"]


def test_folders_are_listed_and_deleted(files):
    one, other = saved(files), saved(files, "anchors/bob/2/crop")

    assert sorted(files.names()) == [one, other]
    assert list(files.names("anchors/bob")) == [other]
    assert list(files.names(before=timezone.now() - timedelta(hours=1))) == []
    assert sorted(files.names(before=timezone.now() + timedelta(hours=1))) == [one, other]
    assert sorted(files.listdir("anchors")[0]) == ["ada", "bob"]
    assert files.listdir("anchors/ada/1") == ([], ["image"])

    files.delete_folder("anchors/ada/1")
    files.delete(other)

    assert list(files.names()) == []


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 14 * 1024**2])
def test_a_large_file_goes_in_parts_and_is_read_anywhere(files, size, monkeypatch):
    monkeypatch.setattr(bucket_objects, "PART", 5 * 1024**2)  # the least that S3 takes
    monkeypatch.setattr(bucket_objects, "WINDOW", 100_000)
    data = os.urandom(size)
    new = files.create("imports/ada/1/archive")
    for start in range(0, len(data), 300_001):
        new.write(data[start : start + 300_001])

    name = new.finish()

    with files.open_stream(name) as file:
        assert file.read() == data
        file.seek(len(data) // 2)
        assert file.read(1000) == data[len(data) // 2 :][:1000]
    files.delete(name)
    assert not files.exists(name)


def test_a_file_that_is_not_finished_is_in_nobodys_way(files, monkeypatch):
    monkeypatch.setattr(bucket_objects, "PART", 5 * 1024**2)
    left, dropped = files.create("a/b"), files.create("a/b")
    for file in (left, dropped):
        file.write(os.urandom(11 * 1024**2))
    dropped.discard()

    def deleted_if_left_for(seconds: float) -> int:
        for module in ("folder", "bucket"):
            monkeypatch.setattr(f"verification.photos.{module}.UNFINISHED_SECONDS", seconds)
        return files.delete_unfinished()

    assert not files.exists("a/b")
    assert deleted_if_left_for(30 * YEAR) == 0  # somebody may still write it
    assert deleted_if_left_for(-1) == 1  # moto says of all uploads that they began in 2010
    assert deleted_if_left_for(-1) == 0


def test_a_new_key_takes_the_place_of_the_old_one(files, settings):
    old, new = settings.FACEVERIFY_FILE_KEYS[0], Fernet.generate_key().decode()
    name, former = saved(files), "anchors/ada/2/image"
    file = files.inner.unfinished(former)
    file.write(Fernet(old).encrypt(b"of an earlier version"))
    file.overwrite(former)
    settings.FACEVERIFY_FILE_KEYS = [new, old]

    assert [files.renew_key(each) for each in (name, former)] == [True, True]
    assert [files.renew_key(each) for each in (name, former)] == [False, False]

    settings.FACEVERIFY_FILE_KEYS = [new]
    assert files.open(name).read() == b"photo"
    assert files.open(former).read() == b"of an earlier version"


def test_a_new_key_does_not_bring_back_what_is_deleted_meanwhile(files, settings):
    name = saved(files)
    with files.inner.open_sealed(name) as raw:
        version = files.inner.version(raw)
    new = files.create(name)
    new.write(b"newer")
    files.delete(name)

    assert new.replace(version) is False
    assert not files.exists(name)


def test_a_damaged_file_does_not_open(files):
    name = saved(files)
    sealed = files.inner.open_sealed(name).read()
    for damaged in (sealed[:-1], sealed[:20], b""):
        file = files.inner.unfinished(name)
        file.write(damaged)
        file.overwrite(name)

        with pytest.raises(FileUnreadable):
            files.open(name).read()


def test_a_file_is_copied_out_sealed_and_in_again(files, tmp_path):
    name, copy = saved(files), tmp_path / "copy"

    files.copy_out(name, copy)
    files.delete(name)
    files.copy_in(copy, name)

    assert b"photo" not in copy.read_bytes()
    assert files.open(name).read() == b"photo"


def test_both_pass_their_check_and_take_a_probe(files):
    files.inner.probe()

    assert check_bucket(None) == check_media_folder(None) == []
    assert list(files.names()) == []


@pytest.mark.django_db
def test_what_is_nobodys_is_found_and_deleted_and_what_rows_name_stays(files, user, monkeypatch):
    row = verification(user)
    saved(files, f"{row.folder}/of a lost run")
    saved(files, f"verifications/{user.pk}/{uuid4()}/probe_image")
    monkeypatch.setattr(integrity, "SAFE_AGE", timedelta(hours=-1))

    kinds = sorted(found.kind for found in integrity.check(fix=True))

    assert kinds == ["file_without_row", "folder_without_row"]
    assert set(files.names()) == {row.probe_image.name, row.reference_image.name}
    assert list(integrity.check()) == []
    row.delete_files()
    assert [found.kind for found in integrity.check()] == ["row_without_file"] * 2


# A bucket alone


def bucket_below() -> BucketStorage:
    storage = private_files().inner
    assert isinstance(storage, BucketStorage)
    return storage


def test_objects_lie_below_the_prefix_under_names_that_say_nothing(in_bucket, server):
    saved(private_files())

    assert server.keys(in_bucket) == [f"site/{FILE}"]


def test_a_photo_goes_into_a_bucket_by_one_request(in_bucket):
    sent: list[str] = []
    events = bucket_below().client.meta.events
    events.register("before-send.s3", lambda request, **_said: sent.append(request.method))

    saved(private_files())

    assert sent == ["PUT"]


def test_a_bucket_that_keeps_versions_is_refused_and_deletes_them_all_the_same(in_bucket, server):
    server.client.put_bucket_versioning(
        Bucket=in_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    one, two = saved(private_files()), saved(private_files(), "anchors/ada/2/image")

    private_files().delete(one)
    private_files().delete_folder("anchors/ada/2")

    assert two and [error.id for error in check_bucket(None)] == ["verification.E006"]
    left = server.client.list_object_versions(Bucket=in_bucket)
    assert not left.get("Versions") and not left.get("DeleteMarkers")


@pytest.mark.django_db
def test_a_bucket_out_of_reach_says_so_without_names(in_bucket, server):
    files, name = private_files(), saved(private_files())
    with server.away():
        for action in (
            lambda: files.open(name),
            lambda: saved(files, "anchors/ada/3/image"),
            lambda: files.delete(name),
            lambda: files.exists(name),
            lambda: list(files.names()),
            files.inner.probe,
        ):
            with pytest.raises(StorageUnavailable) as caught:
                action()
            assert "ada" not in str(caught.value) and in_bucket not in str(caught.value)
            assert caught.value.__suppress_context__
        assert [error.id for error in check_bucket(None)] == ["verification.E004"]
        assert files.inner.is_lost("anchors")
        assert check_keys_at_migrate(None) == []  # a start does not fail for that

    assert files.open(name).read() == b"photo"


def test_a_bucket_that_is_not_there_loses_nothing(in_bucket, server):
    name = saved(private_files())
    private_files().delete(name)
    server.client.delete_bucket(Bucket=in_bucket)

    assert private_files().inner.is_lost("anchors")
    assert [error.id for error in check_bucket(None)] == ["verification.E004"]


def test_a_zip_that_cannot_be_read_at_the_moment_is_not_called_damaged():
    class Away(io.BytesIO):
        def read(self, *_size):
            raise StorageUnavailable("no answer")

    with pytest.raises(StorageUnavailable):
        Archive(Away(b"PK" * 1000))


def test_a_process_that_was_forked_makes_its_own_connections(in_bucket):
    name = saved(private_files())
    before = bucket_below().client
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        storage = private_files()
        ok = storage.open(name).read() == b"photo" and bucket_below().client is not before
        os.write(writer, b"\x01" if ok else b"\x00")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 1) == b"\x01"
    assert bucket_below().client is before
