"""ZIPs from outside are read within limits and never trusted."""

import io
import stat
import struct
import zipfile

import pytest

from tests.support.photos import photo
from tests.support.zips import packed
from verification.photos.zip_reader import Archive, ArchiveRefused, FileRefused, Limits


def opened(data: bytes, **options) -> Archive:
    return Archive(io.BytesIO(data), **options)


def checked(data: bytes, **options) -> Archive:
    archive = opened(data, **options)
    archive.check()
    return archive


def paths(archive: Archive) -> list[str]:
    return [entry.path for entry in archive.photos]


def refusals(archive: Archive) -> dict[str, str]:
    assert all(refusal.detail and refusal.remedy for refusal in archive.refused)
    return {refusal.entry.path: refusal.code for refusal in archive.refused}


def refused(data: bytes, **options) -> str:
    with pytest.raises(ArchiveRefused) as caught:
        checked(data, **options)
    assert caught.value.detail and caught.value.remedy
    return caught.value.code


def test_photos_are_read_with_their_folders():
    archive = checked(packed([("Ada/1.jpg", photo(1)), ("people/Bea/2.png", photo(2))]))

    assert [entry.parts for entry in archive.photos] == [
        ("Ada", "1.jpg"),
        ("people", "Bea", "2.png"),
    ]
    assert [archive.read(entry) for entry in archive.photos] == [photo(1), photo(2)]
    assert archive.refused == []


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all" * 100, photo(1)])
def test_what_is_no_zip_is_refused(data):
    assert refused(data) == "archive_unreadable"


def test_a_zip_that_was_cut_off_is_refused():
    assert refused(packed([("a.jpg", photo(1))])[:-30]) == "archive_unreadable"


def test_ten_thousand_files_are_read_and_one_more_is_refused():
    files = [(f"Ada/{n}.jpg", b"") for n in range(10_000)]

    assert len(opened(packed(files)).photos) == 10_000
    assert refused(packed([*files, ("Ada/more.jpg", b"")])) == "archive_too_many_files"


def test_a_directory_too_large_for_memory_is_refused_before_it_is_read():
    data = bytearray(packed([("a.jpg", photo(1))]))
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 1 << 31)

    assert refused(bytes(data)) == "archive_too_many_files"


def test_a_bomb_is_refused_as_a_whole():
    bomb = b"\xff\xd8" + bytes(5_000_000)

    assert refused(packed([("Ada/1.jpg", photo(1)), ("Ada/2.jpg", bomb)])) == "archive_bomb"


def test_many_entries_over_the_same_bytes_are_no_way_around_the_limits():
    """A bomb whose directory names one compressed stream again and again."""
    data = packed([("a.jpg", photo(1, size=(400, 400)))])
    start = struct.unpack_from("<I", data, data.rfind(b"PK\x05\x06") + 16)[0]
    body, entry = data[:start], data[start : data.rfind(b"PK\x05\x06")]
    names = [f"{n:05}".encode() for n in range(500)]
    entries = b"".join(entry.replace(b"a.jpg", name) for name in names)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 500, 500, len(entries), len(body), 0)

    archive = checked(body + entries + end, limits=Limits(ratio=10))

    assert paths(archive) == []  # the names in front of the data say otherwise
    assert set(refusals(archive).values()) == {"file_damaged"}


def test_the_sum_of_the_files_has_a_limit():
    files = [(f"{n}.jpg", photo(n, size=(100, 100))) for n in range(5)]
    total = sum(len(data) for _name, data in files)

    assert len(checked(packed(files), limits=Limits(total_bytes=total)).photos) == 5
    assert refused(packed(files), limits=Limits(total_bytes=total - 1)) == "archive_too_large"


def test_a_file_over_its_limit_is_refused_and_the_others_are_read():
    big, small = photo(1, size=(300, 300)), photo(2)

    archive = checked(
        packed([("big.jpg", big), ("small.jpg", small)]), limits=Limits(file_bytes=len(big) - 1)
    )

    assert refusals(archive) == {"big.jpg": "image_too_large"}
    assert paths(archive) == ["small.jpg"]


def test_a_size_in_a_header_is_not_believed():
    data = bytearray(packed([("a.jpg", photo(1, size=(300, 300)))]))
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 100)  # the size it claims to have

    archive = checked(bytes(data))

    assert refusals(archive) == {"a.jpg": "file_damaged"}


@pytest.mark.parametrize(
    "name", ["../a.jpg", "Ada/../../a.jpg", "/etc/a.jpg", "C:/a.jpg", "..\\a.jpg", "x" * 1001]
)
def test_a_name_that_leads_outside_is_refused(name):
    archive = checked(packed([(name, photo(1)), ("ok.jpg", photo(2))]))

    assert list(refusals(archive).values()) == ["unsafe_path"]
    assert paths(archive) == ["ok.jpg"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_is_refused(kind):
    info = zipfile.ZipInfo("Ada/link.jpg")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16

    assert refusals(checked(packed([(info, b"/etc/passwd")]))) == {"Ada/link.jpg": "not_a_file"}


@pytest.mark.parametrize("name", ["inner.zip", "innocent.jpg"])
def test_an_archive_inside_is_refused(name):
    archive = checked(packed([(name, packed([("a.jpg", photo(1))]))]))

    assert refusals(archive) == {name: "nested_archive"}


def test_an_encrypted_file_is_refused():
    data = bytearray(packed([("a.jpg", photo(1))]))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1

    assert refusals(checked(bytes(data))) == {"a.jpg": "file_encrypted"}


def test_an_unusual_compression_is_refused():
    archive = checked(packed([("a.jpg", photo(1))], compression=zipfile.ZIP_LZMA))

    assert refusals(archive) == {"a.jpg": "compression_unsupported"}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<svg></svg>", b"MZ" + bytes(90)])
def test_what_is_no_photo_is_refused(data):
    assert refusals(checked(packed([("a.jpg", data)]))) == {"a.jpg": "not_an_image"}


def test_what_a_system_adds_is_passed_over():
    junk = ("__MACOSX/Ada/._1.jpg", "Ada/.DS_Store", "Ada/._1.jpg", "Ada/Thumbs.db", "Ada/")

    archive = checked(packed([*((name, b"") for name in junk), ("Ada/1.jpg", photo(1))]))

    assert paths(archive) == ["Ada/1.jpg"]
    assert archive.refused == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_of_the_same_name_the_first_is_used():
    archive = checked(packed([("a.jpg", photo(1)), ("a.jpg", photo(2))]))

    assert [archive.read(entry) for entry in archive.photos] == [photo(1)]
    assert refusals(archive) == {"a.jpg": "duplicate_name"}


def test_a_damaged_file_is_refused_when_it_is_read_too():
    data = bytearray(packed([("a.jpg", photo(1))]))
    data[60] ^= 0xFF
    archive = opened(bytes(data))

    with pytest.raises(FileRefused) as caught:
        archive.read(archive.photos[0])
    assert caught.value.refusal.code == "file_damaged"


def test_a_document_is_read_when_it_is_asked_for():
    archive = checked(
        packed([("gallery.json", b"{}"), ("a.jpg", photo(1))]), documents=("gallery.json",)
    )

    assert archive.document("gallery.json") == b"{}"
    assert archive.document("other.json") is None
    assert paths(archive) == ["a.jpg"]


def test_a_name_with_control_characters_can_be_shown():
    archive = checked(packed([("Ada/\x1b[31m.jpg", photo(1))]))

    assert paths(archive) == ["Ada/\N{REPLACEMENT CHARACTER}[31m.jpg"]
