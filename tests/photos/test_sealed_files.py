"""Files at rest: read by whoever has a key, and by nobody once a bit of them was changed."""

import io
import os

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.files.base import ContentFile

from verification.photos import sealed_files
from verification.photos.folder import UNFINISHED
from verification.photos.sealed_files import HEADER_BYTES, SealedReader, SealedWriter, rewrap
from verification.photos.sealing import FileUnreadable, Keyring, cipher
from verification.photos.storage import private_files

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CHUNK = 100
SEALED = CHUNK + 16  # a whole chunk as it is stored


def sealed(data: bytes, name: str = "name", keys: tuple[str, ...] = (OLD,)) -> bytes:
    raw = io.BytesIO()
    writer = SealedWriter(raw, Keyring(keys), CHUNK)
    for start in range(0, len(data), 37):
        writer.write(data[start : start + 37])
    writer.seal_end()
    writer.seal_header(name)
    return raw.getvalue()


def opened(stored: bytes, name: str = "name", keys: tuple[str, ...] = (OLD,)) -> SealedReader:
    return SealedReader(io.BytesIO(stored), Keyring(keys), name)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1234])
def test_what_was_written_is_read(size):
    data = os.urandom(size)

    stored = sealed(data)

    assert opened(stored).read() == data
    assert io.BufferedReader(opened(stored), 10).read() == data
    assert opened(stored).size == size
    assert len(stored) == HEADER_BYTES + size + 16 * max(1, -(-size // CHUNK))


def test_any_place_of_it_can_be_read_alone():
    data = os.urandom(1234)
    file = io.BufferedReader(opened(sealed(data)))

    for start, length in [(1200, 100), (0, 5), (99, 2), (500, 300), (1234, 1), (2000, 1)]:
        file.seek(start)
        assert file.read(length) == data[start : start + length]
    assert file.seek(-4, io.SEEK_END) == 1230
    assert file.read() == data[-4:]


def test_the_same_photo_twice_is_stored_as_different_bytes_with_keys_of_their_own():
    first, second = sealed(b"photo" * 50), sealed(b"photo" * 50)

    assert first[HEADER_BYTES:] != second[HEADER_BYTES:]
    with pytest.raises(FileUnreadable):
        opened(first[:HEADER_BYTES] + second[HEADER_BYTES:]).read()


CHUNKS = [slice(HEADER_BYTES + n * SEALED, HEADER_BYTES + (n + 1) * SEALED) for n in range(4)]
TAMPERED = {
    "cut off after a chunk": lambda s: s[: CHUNKS[2].start],
    "cut off after the header": lambda s: s[:HEADER_BYTES],
    "cut off in the header": lambda s: s[: HEADER_BYTES - 1],
    "cut off by a byte": lambda s: s[:-1],
    "cut off within the tag of the last chunk": lambda s: s[: CHUNKS[2].start + 5],
    "a byte more": lambda s: s + b"x",
    "chunks swapped": lambda s: (
        s[:HEADER_BYTES] + s[CHUNKS[1]] + s[CHUNKS[0]] + s[CHUNKS[2].start :]
    ),
    "a chunk twice": lambda s: s[: CHUNKS[1].stop] + s[CHUNKS[1].start :],
    "a chunk missing": lambda s: s[: CHUNKS[1].start] + s[CHUNKS[2].start :],
    "another size of chunk": lambda s: s[:4] + (CHUNK * 2).to_bytes(4, "big") + s[8:],
    "a bit of the header": lambda s: s[:20] + bytes([s[20] ^ 1]) + s[21:],
    "a bit of the first chunk": lambda s: (
        s[:HEADER_BYTES] + bytes([s[HEADER_BYTES] ^ 1]) + s[HEADER_BYTES + 1 :]
    ),
    "a bit of the last byte": lambda s: s[:-1] + bytes([s[-1] ^ 1]),
}


@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.parametrize("size", [3 * CHUNK, 3 * CHUNK + 50])
def test_a_changed_file_does_not_open(how, size):
    stored = TAMPERED[how](sealed(os.urandom(size)))

    with pytest.raises(FileUnreadable):
        opened(stored).read()
    with pytest.raises(FileUnreadable):
        io.BufferedReader(opened(stored), 64).read(10_000)


def test_a_file_does_not_open_in_the_place_of_another():
    with pytest.raises(FileUnreadable):
        opened(sealed(b"photo", "anchors/ada/1/image"), "anchors/bob/2/image")


def test_only_its_key_opens_a_file_wherever_it_stands_among_others():
    stored = sealed(b"photo")

    assert opened(stored, keys=(NEW, OLD)).read() == b"photo"
    with pytest.raises(FileUnreadable):
        opened(stored, keys=(NEW,))


def test_a_new_key_takes_the_place_of_the_old_one_without_new_chunks():
    stored = sealed(os.urandom(500))
    raw, both = Raw(stored), Keyring((NEW, OLD))

    assert rewrap(raw, both, "name")
    assert not rewrap(raw, both, "name")

    assert opened(raw.getvalue(), keys=(NEW,)).read() == opened(stored).read()
    assert raw.getvalue()[HEADER_BYTES:] == stored[HEADER_BYTES:]
    with pytest.raises(FileUnreadable):
        opened(raw.getvalue(), keys=(OLD,))


@pytest.mark.parametrize("writes", [0, 1])
def test_a_change_of_keys_that_is_cut_off_leaves_a_file_that_opens_and_is_finished_later(writes):
    raw, both = Raw(sealed(b"photo"), writes=writes), Keyring((NEW, OLD))

    with pytest.raises(Cut):
        rewrap(raw, both, "name")
    assert opened(raw.getvalue(), keys=(NEW, OLD)).read() == b"photo"

    again = Raw(raw.getvalue())
    assert rewrap(again, both, "name")
    assert opened(again.getvalue(), keys=(NEW,)).read() == b"photo"
    with pytest.raises(FileUnreadable):
        opened(again.getvalue(), keys=(OLD,))


class Cut(Exception):
    pass


class Raw(io.BytesIO):
    """A file after so many writes to which the power goes."""

    def __init__(self, data: bytes, writes: int = 9):
        super().__init__(data)
        self.writes = writes

    def write(self, data) -> int:
        if not self.writes:
            raise Cut
        self.writes -= 1
        return super().write(data)

    def fileno(self) -> int:
        raise io.UnsupportedOperation


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    monkeypatch.setattr(sealed_files, "_sync", lambda raw: None)


# In the storage


def files_below(folder) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_what_fernet_encrypted_is_still_read(media, settings):
    former = Fernet(settings.FACEVERIFY_FILE_KEYS[0])
    (media / "old").write_bytes(former.encrypt(b"photo"))

    assert private_files().open("old").read() == b"photo"
    assert cipher().decrypt(former.encrypt(b"secret")) == b"secret"


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_a_stored_file_is_for_its_owner_alone_under_any_umask(media, umask):
    before = os.umask(umask)
    try:
        name = private_files().save("anchors/ada/1/image", ContentFile(b"photo"))
    finally:
        os.umask(before)

    assert {path.stat().st_mode & 0o777 for path in media.rglob("*") if path.is_dir()} == {0o700}
    assert (media / name).stat().st_mode & 0o777 == 0o600


def test_a_name_that_is_taken_becomes_another_and_both_open(media):
    first = private_files().save("anchors/ada/1/crop", ContentFile(b"one"))
    second = private_files().save("anchors/ada/1/crop", ContentFile(b"two"))

    assert first != second
    assert private_files().open(first).read() == b"one"
    assert private_files().open(second).read() == b"two"


def test_two_that_write_the_same_name_at_once_both_keep_their_file(media):
    one, two = private_files().create("a/b"), private_files().create("a/b")
    one.write(b"one")
    two.write(b"two")

    names = one.finish(), two.finish()

    assert [private_files().open(name).read() for name in names] == [b"one", b"two"]


def test_a_file_that_is_not_finished_is_in_nobodys_way_and_goes_in_the_end(media):
    file = private_files().create("a/b")
    file.write(os.urandom(200_000))

    assert not private_files().exists("a/b")
    (unfinished,) = (media / UNFINISHED).iterdir()
    assert private_files().delete_unfinished() == 0  # somebody may still write it

    os.utime(unfinished, (0, 0))
    assert private_files().delete_unfinished() == 1
    assert files_below(media) == []


def test_an_error_while_a_file_is_stored_leaves_nothing(media):
    class Broken(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"photo"
            raise OSError("the connection broke off")

    with pytest.raises(OSError, match="broke off"):
        private_files().save("a/b", Broken(b""))

    assert files_below(media) == []


def test_a_value_of_the_database_opens_with_its_key_alone():
    old, both = Keyring((OLD,)), Keyring((NEW, OLD))
    stored = old.encrypt(b"secret")

    assert both.decrypt(stored) == b"secret"
    assert old.is_newest(stored) and not both.is_newest(stored)
    for changed in (stored[:-1], stored + b"x", b"", stored[:5], b"\x01fv" + bytes(40)):
        with pytest.raises(InvalidToken):
            both.decrypt(changed)
    with pytest.raises(InvalidToken):
        Keyring((NEW,)).decrypt(stored)
