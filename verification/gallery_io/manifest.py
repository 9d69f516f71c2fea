"""gallery.json: what a ZIP of photos cannot say about the people in it.

    {"format": "faceverify-gallery", "version": 1, "people": [
        {"folder", "name", "note", "tags": [], "consent": {"given_by", "at", "for", "until"},
         "external_id", "metadata": {}, "cover": file or null,
         "photos": [{"file", "name", "sha256", "face_index": number or null, "external_id",
                     "metadata": {}}]}],
     "nameless": [as a photo of a person, `file` with its folder]}

An older version wrote neither what other programs say of people and photos nor photos without a person.

`sha256` is the hash by which the photo was first known: it stays with a photo that is exported and
imported again and again, and re-encoded each time.
"""

import json
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError

from ..gallery.fields import checked_outside_words
from ..gallery.gallery_models import NAME_LENGTH
from ..gallery.models import EXTERNAL_ID_LENGTH, Anchor
from ..gallery.services import MAX_TAGS, TAG_LENGTH
from ..photos.zip_reader import ArchiveRefused
from ..text.sentences import sentence

UNREADABLE = sentence("The file %(name)s in the ZIP cannot be read.")
EXPORT_AGAIN = sentence(
    "Export the gallery again, or leave that file out: names come from the folders then."
)

NAME = "gallery.json"
FORMAT, VERSION = "faceverify-gallery", 1


@dataclass(frozen=True)
class PhotoSpec:
    name: str = ""
    sha256: str = ""
    face_index: int | None = None
    external_id: str = ""
    metadata: dict = field(default_factory=dict)

    def is_in(self, anchor: Anchor) -> bool:
        """Whether an anchor of the same picture is this face of it."""
        if self.external_id and anchor.external_id != self.external_id:
            return False
        return self.face_index is None or anchor.face_index in (None, self.face_index)


@dataclass(frozen=True)
class PersonSpec:
    folder: str
    fields: dict
    cover: str | None
    photos: dict[str, PhotoSpec] = field(default_factory=dict)


@dataclass(frozen=True)
class Described:
    """The people by folder, and the photos without a person by path."""

    people: dict[str, PersonSpec]
    nameless: dict[str, PhotoSpec]


def parse(data: bytes) -> Described:
    """Raises ArchiveRefused."""
    try:
        manifest = json.loads(data)
        if manifest["format"] != FORMAT or manifest["version"] != VERSION:
            raise ValueError("another format")
        people = [_person(row) for row in manifest["people"]]
        rows = manifest.get("nameless") or []
        nameless = {_text(row["file"], 1000): _photo(row) for row in rows}
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ArchiveRefused(
            "manifest_invalid",
            UNREADABLE % {"name": NAME},
            EXPORT_AGAIN,
        ) from None
    return Described({person.folder: person for person in people}, nameless)


def _person(row: dict) -> PersonSpec:
    consent = row.get("consent") or {}
    at, until = consent.get("at"), consent.get("until")
    name = _text(row["name"], NAME_LENGTH)
    tags = [_text(tag, TAG_LENGTH) for tag in row.get("tags") or []]
    if not name or len(tags) > MAX_TAGS:
        raise ValueError("a person without a name, or with too many tags")
    fields = {
        "name": name,
        "note": _text(row.get("note") or "", 100_000),
        "tags": tags,
        "consent_given_by": _text(consent.get("given_by") or "", NAME_LENGTH),
        "consent_at": date.fromisoformat(at) if at else None,
        "consent_for": _text(consent.get("for") or "", 100_000),
        "consent_until": date.fromisoformat(until) if until else None,
        **_outside(row),
    }
    if at and until and date.fromisoformat(until) < date.fromisoformat(at):
        raise ValueError("a consent ends after it was given")
    photos = {_text(photo["file"], 1000): _photo(photo) for photo in row.get("photos") or []}
    cover = row.get("cover")
    folder = _text(row["folder"], 1000)
    return PersonSpec(folder, fields, None if cover is None else _text(cover, 1000), photos)


def _photo(row: dict) -> PhotoSpec:
    index, digest = row.get("face_index"), row.get("sha256") or ""
    if index is not None and (type(index) is not int or not 0 <= index <= 1000):
        raise ValueError("a face index is a number")
    if digest and (len(digest) != 64 or set(digest) - set("0123456789abcdef")):
        raise ValueError("a hash has 64 hexadecimal digits")
    return PhotoSpec(_text(row.get("name") or "", 255), digest, index, **_outside(row))


def _outside(row: dict) -> dict:
    return checked_outside_words(
        {
            "external_id": _text(row.get("external_id") or "", EXTERNAL_ID_LENGTH),
            "metadata": row.get("metadata") or {},
        }
    )


def _text(value: object, length: int) -> str:
    if not isinstance(value, str) or len(value) > length:
        raise ValueError("text of at most so many characters is expected")
    value.encode()  # half of a surrogate pair cannot be stored
    return value.replace("\x00", "").strip()
