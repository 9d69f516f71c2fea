"""Photos in a ZIP that somebody sent: read within limits, and never trusted.

Nothing is written to disk under a name from the archive, and no size in its headers is believed:
bytes are counted as they are unpacked.
"""

import errno
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..engine import MAX_BYTES
from ..text.sentences import sentence

TOO_MANY_FILES = sentence("The ZIP holds more than %(most)s files.")
SPLIT = sentence("Split it into several and send them one after another.")
TWO_OF_A_NAME = sentence("The ZIP holds two files of this name; the first one is used.")
RENAME = sentence("Rename one of them.")
DAMAGED = sentence("The file inside the ZIP is damaged.")
PACK_ORIGINAL = sentence("Pack the original photo again.")
TOO_LARGE_TOGETHER = sentence("The photos in the ZIP together are larger than %(most)s MB.")
TOO_LARGE = sentence("The file is larger than %(most)s MB.")
SAVE_SMALLER = sentence("Save the photo smaller.")
FAR_TOO_LARGE = sentence(
    "The ZIP holds far more files, or is far larger, than can be read at once."
)
BAD_NAME = sentence("The file's name points outside the ZIP, or is longer than 1,000 characters.")
SHORT_NAMES = sentence("Pack the folder itself, with short names.")
NO_FILE = sentence("This is a link or a device, not a file.")
PACK_PHOTO_ITSELF = sentence("Pack the photo itself instead of a link to it.")
PROTECTED = sentence("The file is protected by a password.")
WITHOUT_PASSWORD = sentence("Pack the photos without a password.")
METHOD_UNKNOWN = sentence("The file is compressed in a way that is not supported.")
ORDINARY_ZIP = sentence("Pack the photos as an ordinary ZIP (deflate).")
NO_PHOTO = sentence("The file is not a photo.")
LEAVE_OUT = sentence("Leave it out, or save it as JPEG or PNG.")
NO_ZIP = sentence("The file is not a ZIP, or it is incomplete.")
PACK_AGAIN = sentence("Pack the folder as a ZIP again and send the whole file.")
BOMB = sentence("The ZIP unpacks to far more than its size: photos do not.")
PHOTOS_ONLY = sentence("Pack the photos themselves as JPEG or PNG, nothing else.")

CHUNK = 64 * 1024
DIRECTORY_BYTES = 16 * 1024 * 1024  # of a central directory; 10,000 files of long names need 10
END, LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
# The first bytes of photos, except WebP, HEIC and AVIF; with BigTIFF and both forms of JPEG 2000.
PHOTOS = (
    *(b"\xff\xd8", b"\x89PNG", b"BM", b"GIF8"),
    *(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    *(b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"),
)
JUNK = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Limits:
    """What an archive may hold; sizes in bytes, uncompressed."""

    files: int = 10_000
    file_bytes: int = MAX_BYTES
    total_bytes: int = 4 * 1024**3
    ratio: int = 100  # uncompressed to compressed; photos hardly compress at all


class ArchiveRefused(Exception):
    """The archive as a whole cannot be used: `code`, `detail`, and in `remedy` what to do."""

    def __init__(self, code: str, detail: str, remedy: str):
        super().__init__(detail)
        self.code, self.detail, self.remedy = code, detail, remedy


@dataclass(frozen=True)
class Entry:
    """A file of the archive, by its position. `path` has only printable characters; `parts` are
    the folders, then the file's own name."""

    number: int
    path: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Refusal:
    """Why one file of an archive is not used; the others are."""

    entry: Entry
    code: str
    detail: str
    remedy: str


class FileRefused(Exception):
    """One file cannot be read, see `refusal`."""

    def __init__(self, refusal: Refusal):
        super().__init__(refusal.detail)
        self.refusal = refusal


class Archive:
    """The photos of a ZIP.

    Args:
        file: binary, readable and seekable.
        documents: paths of files that are read although they are not photos.

    Attributes:
        photos: the files that may be read. Before `check` only their names were checked.
        refused: the files that may not be read, and why.
        files: how many there are of whatever kind; the numbers of entries are below it.

    Raises:
        ArchiveRefused: not a ZIP, or one with too many files.
        OSError: it cannot be read at the moment.
    """

    def __init__(self, file, *, limits: Limits | None = None, documents: tuple[str, ...] = ()):
        self.limits = limits or Limits()
        self.photos: list[Entry] = []
        self.refused: list[Refusal] = []
        self._documents: dict[str, Entry] = {}
        self._bytes_read = 0
        self._size = _check_end(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            ValueError,
            OSError,
            struct.error,
        ) as error:
            if lost := _out_of_reach(error):
                raise lost from None
            raise _no_zip() from None
        self._infos = self._zip.infolist()
        self.files = len(self._infos)
        self._check_names(documents)

    def check(self) -> None:
        """Read everything once, so that a ZIP bomb is found before anything is kept; files that are
        not photos or are damaged move to `refused`. Raises ArchiveRefused."""
        self._bytes_read, kept = 0, []
        for entry in self.photos:
            try:
                for _piece in self._pieces(entry):
                    pass  # counted on the way
            except FileRefused as error:
                self.refused.append(error.refusal)
            else:
                kept.append(entry)
        self.photos = kept

    def read(self, entry: Entry) -> bytes:
        """The bytes of a photo. Raises FileRefused, ArchiveRefused."""
        self._bytes_read = 0
        return b"".join(self._pieces(entry))

    def document(self, path: str) -> bytes | None:
        """The bytes of one of `documents`; None when the archive has none. Raises FileRefused."""
        entry = self._documents.get(path)
        if entry is None:
            return None
        self._bytes_read = 0
        return b"".join(self._pieces(entry, photo=False))

    def _check_names(self, documents: tuple[str, ...]) -> None:
        paths: set[str] = set()
        files = 0
        for number, info in enumerate(self._infos):
            entry = _entry(number, info.filename)
            if info.is_dir() or any(part.casefold() in JUNK for part in entry.parts):
                continue
            if entry.parts and entry.parts[-1].startswith("._"):
                continue
            files += entry.path not in documents
            if files > self.limits.files:
                raise ArchiveRefused(
                    "archive_too_many_files",
                    TOO_MANY_FILES % {"most": f"{self.limits.files:,}"},
                    SPLIT,
                )
            problem = _problem(info, entry)
            if problem is None and entry.path in paths:
                problem = (
                    "duplicate_name",
                    TWO_OF_A_NAME,
                    RENAME,
                )
            paths.add(entry.path)
            if problem:
                self.refused.append(Refusal(entry, *problem))
            elif entry.path in documents:
                self._documents[entry.path] = entry
            else:
                self.photos.append(entry)

    def _pieces(self, entry: Entry, *, photo: bool = True) -> Iterator[bytes]:
        size = 0
        try:
            with self._zip.open(self._infos[entry.number]) as file:
                while piece := file.read(CHUNK):
                    if photo and not size:
                        _check_start(entry, piece)
                    size += len(piece)
                    self._count(entry, size, len(piece))
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
            raise _refused(
                entry,
                "file_damaged",
                DAMAGED,
                PACK_ORIGINAL,
            ) from None
        if photo and not size:
            _check_start(entry, b"")

    def _count(self, entry: Entry, size: int, more: int) -> None:
        self._bytes_read += more
        packed = min(self._infos[entry.number].compress_size, self._size)
        if size > CHUNK and size > self.limits.ratio * max(packed, 1):
            raise _bomb()
        if self._bytes_read > self.limits.ratio * self._size + self.limits.file_bytes:
            raise _bomb()
        if self._bytes_read > self.limits.total_bytes:
            raise ArchiveRefused(
                "archive_too_large",
                TOO_LARGE_TOGETHER % {"most": _megabytes(self.limits.total_bytes)},
                SPLIT,
            )
        if size > self.limits.file_bytes:
            raise _refused(
                entry,
                "image_too_large",
                TOO_LARGE % {"most": _megabytes(self.limits.file_bytes)},
                SAVE_SMALLER,
            )


def _out_of_reach(error: Exception) -> OSError | None:
    """The error of the disk or server that has the archive, of which zipfile says that it is no ZIP."""
    found = error if isinstance(error, OSError) else error.__context__
    if not isinstance(found, OSError) or found.errno in (None, errno.EINVAL):
        return None  # EINVAL: a place before the start, named by the archive
    return found


def _check_end(file) -> int:
    """The archive's size. Checks its last record first, because `zipfile` would read a directory
    of any size into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557 - 20))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + 22:
        raise _no_zip()
    (directory,) = struct.unpack_from("<I", tail, at + 12)
    if directory > DIRECTORY_BYTES or tail[max(0, at - 20) : at].startswith(LOCATOR):
        raise ArchiveRefused(
            "archive_too_many_files",
            FAR_TOO_LARGE,
            SPLIT,
        )
    file.seek(0)
    return size


def _entry(number: int, name: str) -> Entry:
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return Entry(number, shown, tuple(part for part in shown.split("/") if part not in ("", ".")))


def _problem(info: zipfile.ZipInfo, entry: Entry) -> tuple[str, str, str] | None:
    """(code, detail, remedy) of a file that is refused for its entry in the directory."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    outside = entry.path.startswith("/") or ".." in entry.parts or entry.path[1:2] == ":"
    if outside or not entry.parts or len(entry.path) > 1000:
        return (
            "unsafe_path",
            BAD_NAME,
            SHORT_NAMES,
        )
    if kind not in (0, stat.S_IFREG):
        return (
            "not_a_file",
            NO_FILE,
            PACK_PHOTO_ITSELF,
        )
    if info.flag_bits & 0x1:
        return (
            "file_encrypted",
            PROTECTED,
            WITHOUT_PASSWORD,
        )
    if entry.path.casefold().endswith(ARCHIVES):
        return _NESTED
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return (
            "compression_unsupported",
            METHOD_UNKNOWN,
            ORDINARY_ZIP,
        )
    return None


_NESTED = (
    "nested_archive",
    sentence("This is an archive inside the ZIP."),
    sentence("Unpack it and put the photos themselves into the ZIP."),
)


def _check_start(entry: Entry, start: bytes) -> None:
    """Refuse what cannot be a photo, judging by its first bytes. Photos in formats that are not
    supported pass: when they are decoded, the refusal says how to save them instead."""
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise _refused(entry, *_NESTED)
    photo = start.startswith(PHOTOS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")
    if not photo and start[4:8] != b"ftyp":
        raise _refused(
            entry,
            "not_an_image",
            NO_PHOTO,
            LEAVE_OUT,
        )


def _refused(entry: Entry, code: str, detail: str, remedy: str) -> FileRefused:
    return FileRefused(Refusal(entry, code, detail, remedy))


def _no_zip() -> ArchiveRefused:
    return ArchiveRefused(
        "archive_unreadable",
        NO_ZIP,
        PACK_AGAIN,
    )


def _bomb() -> ArchiveRefused:
    return ArchiveRefused(
        "archive_bomb",
        BOMB,
        PHOTOS_ONLY,
    )


def _megabytes(size: int) -> int:
    return size // (1024 * 1024)
