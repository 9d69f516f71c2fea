"""Stored photos that cannot be read, and the list of them that an archive of photos carries."""

import errno

from django.db.models.fields.files import FieldFile

from .storage import FileUnreadable

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
        raise PhotoUnreadable("The stored file is missing.") from None
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EIO):
            raise
        raise PhotoUnreadable("The server cannot read the stored file.") from None
    except FileUnreadable:
        raise PhotoUnreadable(
            "The stored file is damaged, or encrypted with a key that is not configured any more."
        ) from None
