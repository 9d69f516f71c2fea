"""A running CompreFace: the subjects of a face collection, and the photos kept of them."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

from .base import SourcePhoto, SourceRefused, unreadable
from .web import CHECK_KEY, KEY_REFUSED, Reader, other_answer, understood

PAGE = 500
ROOT = "/api/v1/recognition"
KEY_UNKNOWN = 10  # its number for a key of no service


class CompreFaceServer:
    """A source that is read with the key of a recognition service."""

    def __init__(self, reader: Reader):
        self._reader = reader

    def people(self) -> Iterator[str]:
        subjects = self._json(f"{ROOT}/subjects/").get("subjects")
        if not isinstance(subjects, list):
            raise other_answer(200)
        yield from (str(subject) for subject in subjects)

    def photos(self) -> Iterator[SourcePhoto]:
        number, pages = 0, 1
        while number < pages:
            page = self._json(f"{ROOT}/faces?page={number}&size={PAGE}")
            faces, pages = page.get("faces"), page.get("total_pages", 1)
            if not isinstance(faces, list) or not isinstance(pages, int):
                raise other_answer(200)
            for face in faces:
                id, subject = str(face.get("image_id", "")), str(face.get("subject", ""))
                yield SourcePhoto(subject, f"{id}.jpg", partial(self._photo, id))
            number += 1

    def _photo(self, id: str) -> bytes:
        status, photo = self._reader.get(f"{ROOT}/faces/{quote(id, safe='')}/img")
        if status != 200 or not photo:
            raise unreadable()
        return photo

    def _json(self, path: str) -> dict[str, Any]:
        status, body = self._reader.get(path)
        if status == 404 and _number(body) == KEY_UNKNOWN:
            raise SourceRefused("source_key_refused", KEY_REFUSED, CHECK_KEY)
        found = understood(status, body)
        if not isinstance(found, dict):
            raise other_answer(status)
        return found


def _number(body: bytes) -> object:
    try:
        return json.loads(body).get("code")
    except (ValueError, AttributeError):
        return None
