"""Stored photos that cannot be read, and the list of them that an archive of photos carries."""

import errno

from django.db.models.fields.files import FieldFile

from ..text.sentences import sentence
from .storage import FileUnreadable

NO_PHOTO = sentence("A program sent in the face as numbers: there is no photo.")
MISSING = sentence("The stored file is missing.")
NOT_READABLE = sentence("The server cannot read the stored file.")
DAMAGED = sentence(
    "The stored file is damaged, or encrypted with a key that is not configured any more."
)

NAME = "left-out.csv"  # in the archive


class PhotoUnreadable(Exception):
    """A photo that is recorded and cannot be read; the words say why."""


def read_photo(field: FieldFile) -> bytes:
    """The bytes of a stored photo.

    Raises:
        PhotoUnreadable: for good: trying again does not help.
        OSError: this time.
    """
    try:
        with field.open("rb") as file:
            return file.read()
    except (FileNotFoundError, IsADirectoryError, ValueError):  # ValueError: no file is named
        raise PhotoUnreadable(MISSING) from None
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EIO):
            raise
        raise PhotoUnreadable(NOT_READABLE) from None
    except FileUnreadable:
        raise PhotoUnreadable(DAMAGED) from None
