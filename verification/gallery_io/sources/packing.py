"""Make the ZIP of an import from a source: a folder for each person, gallery.json with the names, and
the list of what could not be had."""

import json
import time
import zipfile
from collections.abc import Callable

from ...gallery.models import NAME_LENGTH
from ...photos.sealed_files import SealedWriter
from ...photos.zip_reader import Limits
from ...text.sentences import sentence
from ..manifest import FORMAT, NAME, VERSION
from ..names import folder_name
from .base import PhotoMissing, Source, SourcePhoto, SourceRefused

MISSING = "missing.json"  # in the ZIP: [{"path", "person", "code", "detail", "remedy"}]
BEAT = 2.0  # seconds between two notes of progress

TOO_LARGE = sentence("The photos there are larger than %(most)s MB together.")
TOO_MANY = sentence("There are more than %(most)s photos there.")
ASK_OPERATOR = sentence(
    "Ask whoever runs this site to raise the limit of imports, or import a part at a time."
)
NOBODY = sentence("There is nobody there to import.")
CHECK_SOURCE = sentence("See whether it is the right place, or the right key.")
NAME_TOO_LONG = sentence("The person's name is longer than %(length)s characters.")
SHORTEN = sentence("Give the person a shorter name there, then import again.")
NO_NAME = sentence("The photo has no person's name.")
GIVE_NAME = sentence("Give the person a name there, then import again.")


class Packing:
    """One ZIP of a source.

    Args:
        most_bytes: of all photos together.
        beat: called every BEAT seconds with the number of photos so far; it may raise.
    """

    def __init__(self, source: Source, *, most_bytes: int, beat: Callable[[int], None]):
        self._source, self._most, self._beat = source, most_bytes, beat
        self._folders: dict[str, str] = {}  # by name
        self._taken: set[str] = set()
        self._photos: dict[str, list[dict]] = {}
        self._paths: set[str] = set()
        self._missing: list[dict[str, str]] = []
        self._count = self._bytes = 0
        self._beaten = time.monotonic()

    def write(self, file: SealedWriter) -> None:
        """Raises SourceRefused, and what `beat` raises."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for photo in self._source.photos():
                self._add(archive, photo)
                self._note()
            for person in self._source.people():
                if not _name_problem(person):
                    self._folder(person.strip())
            if not self._count and not self._folders:
                raise SourceRefused("source_empty", NOBODY, CHECK_SOURCE)
            people = [
                {"folder": folder, "name": person, "photos": self._photos.get(folder, [])}
                for person, folder in self._folders.items()
            ]
            _document(archive, NAME, {"format": FORMAT, "version": VERSION, "people": people})
            _document(archive, MISSING, self._missing)

    def _add(self, archive: zipfile.ZipFile, photo: SourcePhoto) -> None:
        self._count += 1
        limits = Limits()
        if self._count > limits.files:
            raise SourceRefused("source_too_large", TOO_MANY % {"most": limits.files}, ASK_OPERATOR)
        person = photo.person.strip()
        if problem := _name_problem(person):
            self._leave_out(photo, *problem)
            return
        try:
            data = photo.read()
        except PhotoMissing as error:
            self._leave_out(photo, error.code, error.detail, error.remedy)
            return
        self._bytes += len(data)
        if self._bytes > self._most:
            raise SourceRefused(
                "source_too_large", TOO_LARGE % {"most": self._most // 1024**2}, ASK_OPERATOR
            )
        folder = self._folder(person)
        file = self._file(folder, photo.file)
        archive.writestr(f"{folder}/{file}", data)
        self._photos.setdefault(folder, []).append({"file": file, "name": photo.file[-255:]})

    def _folder(self, person: str) -> str:
        if person not in self._folders:
            self._folders[person] = folder_name(person, self._taken)
        return self._folders[person]

    def _file(self, folder: str, name: str) -> str:
        """A name that no other file of the folder has."""
        plain = folder_name(name, set())
        stem, dot, ending = plain.rpartition(".")
        file, number = plain, 1
        while f"{folder}/{file}".casefold() in self._paths:
            number += 1
            file = f"{stem} ({number}).{ending}" if dot else f"{plain} ({number})"
        self._paths.add(f"{folder}/{file}".casefold())
        return file

    def _leave_out(self, photo: SourcePhoto, code: str, detail: str, remedy: str) -> None:
        path = f"{photo.person}/{photo.file}"[:1000]
        self._missing.append(
            {
                "path": path,
                "person": photo.person[:NAME_LENGTH],
                "code": code,
                "detail": detail,
                "remedy": remedy,
            }
        )

    def _note(self) -> None:
        if time.monotonic() > self._beaten + BEAT:
            self._beat(self._count)
            self._beaten = time.monotonic()


def _name_problem(person: str) -> tuple[str, str, str] | None:
    if not person.replace("\x00", "").strip():
        return "name_missing", NO_NAME, GIVE_NAME
    if len(person) > NAME_LENGTH:
        return "name_too_long", NAME_TOO_LONG % {"length": NAME_LENGTH}, SHORTEN
    return None


def _document(archive: zipfile.ZipFile, name: str, content: object) -> None:
    archive.writestr(name, json.dumps(content, ensure_ascii=False))
