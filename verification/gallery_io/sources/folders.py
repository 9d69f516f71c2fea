"""A folder on the server with a folder for each person in it, also of Double Take and Frigate."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ...engine import MAX_BYTES
from ...photos.zip_reader import JUNK
from ...text.sentences import sentence
from ..layouts import nobodys
from .base import PhotoMissing, SourcePhoto, SourceRefused, unreadable

NO_FOLDER = sentence("There is no such folder.")
CHECK_FOLDER = sentence("See whether the name is right, and this user may read it.")
NO_PERSON = sentence("The photo lies in no folder, so it is not clear whom it shows.")
PUT_INTO_FOLDER = sentence("Put it into a folder with the person's name.")
LINK = sentence("This is a link, not a file: links are not followed.")
COPY_IT = sentence("Put the photo itself there.")

# Where a program's named people are below the folder that it keeps everything in.
WITHIN = {
    "folder": (),
    "double-take": (".storage/train", "train"),
    "frigate": ("clips/faces", "faces"),
}


class FolderOfPeople:
    """A source. Nothing but regular files below the folder is read.

    Args:
        layout: one of WITHIN.
    """

    def __init__(self, folder: Path, layout: str = "folder"):
        found = [folder / part for part in WITHIN[layout] if (folder / part).is_dir()]
        self.root = (found or [folder])[0]
        self._layout = layout
        if not self.root.is_dir():
            raise SourceRefused("source_not_reached", NO_FOLDER, CHECK_FOLDER)

    def people(self) -> Iterator[str]:
        return iter(())

    def photos(self) -> Iterator[SourcePhoto]:
        for path in files_below(self.root):
            folders = path.relative_to(self.root).parent.parts
            person = folders[-1] if folders else ""
            yield SourcePhoto(person, path.name, partial(self._read, path, folders))

    def _read(self, path: Path, folders: tuple[str, ...]) -> bytes:
        if not folders:
            raise PhotoMissing("no_folder", NO_PERSON, PUT_INTO_FOLDER)
        whole = ("faces", *folders) if self._layout == "frigate" else folders
        if problem := nobodys(whole):
            raise PhotoMissing(*problem)
        return read_photo(path)


def files_below(folder: Path) -> Iterator[Path]:
    """In the order of their names; hidden files and those that systems leave behind are passed over."""
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            if name.casefold() not in JUNK and not name.startswith("._"):
                yield Path(place) / name


def read_photo(path: Path) -> bytes:
    """Up to one byte more than a photo may have. Raises PhotoMissing."""
    if path.is_symlink() or not path.is_file():
        raise PhotoMissing("not_a_file", LINK, COPY_IT)
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        raise unreadable() from None


def _raise(error: OSError) -> None:
    raise SourceRefused("source_not_reached", NO_FOLDER, CHECK_FOLDER) from error
