"""The database of a CompreFace that does not run any more, restored into a spare PostgreSQL."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection

from ...text.sentences import sentence
from .base import PhotoMissing, SourcePhoto, SourceRefused

NOT_REACHED = sentence("The database cannot be read: %(reason)s")
CHECK_URL = sentence("Check its address, and whether a dump of CompreFace was restored into it.")
SEVERAL = sentence("The database holds the face collections of %(number)s keys.")
NAME_ONE = sentence("Say which one is meant, by the key of its recognition service.")
NO_SUCH = sentence("The database holds no face collection of this key.")
NOT_KEPT = sentence("CompreFace has kept the numbers of this face, but not its photo.")
WHY_NOT = sentence(
    "It was set up so (save_images_to_db=false), and numbers of another model cannot be used: add the photo "
    "from where it came."
)

KEYS = "SELECT DISTINCT api_key FROM subject"
PEOPLE = "SELECT subject_name FROM subject WHERE api_key = %s ORDER BY subject_name"
# A photo has a row of numbers for each network that has seen it.
PHOTOS = """
    SELECT s.subject_name, e.id, min(e.img_id::text)
    FROM subject s JOIN embedding e ON e.subject_id = s.id
    WHERE s.api_key = %s
    GROUP BY s.subject_name, coalesce(e.img_id::text, e.id::text), e.id, s.id
    ORDER BY s.subject_name, e.id
"""
PHOTO = "SELECT content FROM img WHERE id::text = %s"


class CompreFaceDatabase:
    """A source; a context manager. Everything is read in one transaction that can write nothing.

    Args:
        url: of the database, as psycopg takes it.
        key: of the recognition service; needed where the database has several.
    """

    def __init__(self, url: str, key: str = ""):
        self._url, self._key = url, key

    def __enter__(self) -> "CompreFaceDatabase":
        try:
            self._database: Connection[Any] = psycopg.connect(self._url, connect_timeout=10)
            self._database.read_only = True
            self._key = self._chosen_key()
        except psycopg.Error as error:
            raise _not_read(error) from None
        return self

    def __exit__(self, *_error: object) -> None:
        self._database.close()

    def people(self) -> Iterator[str]:
        yield from (name for (name,) in self._rows(PEOPLE, self._key))

    def photos(self) -> Iterator[SourcePhoto]:
        seen = set()
        for name, id, photo in self._rows(PHOTOS, self._key):
            if photo is not None and (name, photo) in seen:
                continue
            seen.add((name, photo))
            yield SourcePhoto(name, f"{photo or id}.jpg", partial(self._photo, photo))

    def _photo(self, id: str | None) -> bytes:
        found = self._rows(PHOTO, id) if id else []
        if not found or not found[0][0]:
            raise PhotoMissing("photo_not_kept", NOT_KEPT, WHY_NOT)
        return bytes(found[0][0])

    def _chosen_key(self) -> str:
        keys = [key for (key,) in self._rows(KEYS)]
        if self._key:
            if self._key not in keys:
                raise SourceRefused("source_key_refused", NO_SUCH, NAME_ONE)
            return self._key
        if len(keys) > 1:
            raise SourceRefused("source_ambiguous", SEVERAL % {"number": len(keys)}, NAME_ONE)
        return keys[0] if keys else ""

    def _rows(self, query: Any, *values: object) -> list[tuple]:
        try:
            return self._database.execute(query, values).fetchall()
        except psycopg.Error as error:
            raise _not_read(error) from None


def _not_read(error: psycopg.Error) -> SourceRefused:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return SourceRefused("source_not_reached", NOT_REACHED % {"reason": reason}, CHECK_URL)
