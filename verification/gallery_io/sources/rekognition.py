"""A collection of Amazon Rekognition. It gives no photos back: what it lists is joined with a folder in
which they are, by file name."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from ...text.sentences import sentence
from .aws import Credentials, signed
from .base import PhotoMissing, SourcePhoto, SourceRefused
from .folders import FolderOfPeople, files_below, read_photo
from .web import CHECK_KEY, KEY_REFUSED, Reader, other_answer, understood

PAGE = 1000
NO_COLLECTION = sentence("There is no such collection in this region.")
CHECK_NAME = sentence("See whether name and region are right, then import again.")
NO_EXTERNAL_ID = sentence(
    "The face has no ExternalImageId, so it is not clear which photo it is in."
)
ADD_BY_HAND = sentence("Add the photo by hand.")
NOT_IN_FOLDER = sentence("No photo in the folder is called so.")
SEVERAL_SO_CALLED = sentence("Several photos in the folder are called so.")
PUT_IT_THERE = sentence("Put the photo into the folder under the name it had, then import again.")
OTHERS = re.compile(r"[^a-zA-Z0-9_.\-:]")  # what an ExternalImageId cannot hold


class RekognitionCollection:
    """A source.

    Args:
        reader: at the address of the service.
        folder: the photos, perhaps in folders of people.
    """

    def __init__(
        self,
        reader: Reader,
        collection: str,
        folder: Path,
        *,
        credentials: Credentials,
        region: str,
    ):
        self._reader, self._collection = reader, collection
        self._credentials, self._region = credentials, region
        self._root = FolderOfPeople(folder).root
        self._files: dict[str, set[Path]] = defaultdict(set)
        for path in files_below(self._root):
            for name in _names(path.relative_to(self._root)):
                self._files[name].add(path)

    def people(self) -> Iterator[str]:
        return iter(())

    def photos(self) -> Iterator[SourcePhoto]:
        """A photo of each person once, however many faces of it are in the collection."""
        seen = set()
        for face in self._faces():
            name = str(face.get("ExternalImageId") or "")
            found = self._files.get(name, set())
            person = str(face.get("UserId") or self._person(found) or PurePath(name).stem)
            file = name or str(face.get("FaceId") or "")
            if (person, file) not in seen:
                seen.add((person, file))
                yield SourcePhoto(person or file, file, partial(_read, name, found))

    def _person(self, found: set[Path]) -> str:
        """The name of the folder that a photo lies in, unless that is the whole folder."""
        parts = {path.relative_to(self._root).parent.name for path in found}
        return parts.pop() if len(parts) == 1 else ""

    def _faces(self) -> Iterator[dict[str, Any]]:
        token: str | None = None
        while True:
            page = self._list(token)
            if not isinstance(page.get("Faces"), list):
                raise other_answer(200)
            yield from page["Faces"]
            if not (token := page.get("NextToken")):
                return

    def _list(self, token: str | None) -> dict[str, Any]:
        asked = {"CollectionId": self._collection, "MaxResults": PAGE}
        body = json.dumps(asked | ({"NextToken": token} if token else {})).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "RekognitionService.ListFaces",
        }
        fields = signed(
            self._reader.address,
            body,
            headers,
            credentials=self._credentials,
            region=self._region,
        )
        status, answer = self._reader.send("POST", "/", body=body, headers=fields)
        kind = _kind(answer) if status == 400 else ""
        if kind == "ResourceNotFoundException":
            raise SourceRefused("source_unknown", NO_COLLECTION, CHECK_NAME)
        if kind.startswith(("UnrecognizedClient", "InvalidSignature", "AccessDenied", "Missing")):
            raise SourceRefused("source_key_refused", KEY_REFUSED, CHECK_KEY)
        found = understood(status, answer)
        return found if isinstance(found, dict) else {}


def _names(path: Path) -> Iterator[str]:
    """What a photo may be called in the collection: its name or its whole path, with its ending or
    without, as it is or with other characters in place of those that are not allowed."""
    for text in (path.name, path.stem, path.as_posix(), path.with_suffix("").as_posix()):
        yield text
        yield OTHERS.sub("_", text)
        yield OTHERS.sub("_", text.replace("/", ":"))


def _read(name: str, found: set[Path]) -> bytes:
    if not name:
        raise PhotoMissing("photo_unnamed", NO_EXTERNAL_ID, ADD_BY_HAND)
    if len(found) != 1:
        detail = SEVERAL_SO_CALLED if found else NOT_IN_FOLDER
        raise PhotoMissing("photo_missing", detail, PUT_IT_THERE)
    return read_photo(next(iter(found)))


def _kind(answer: bytes) -> str:
    try:
        return str(json.loads(answer).get("__type", "")).rpartition("#")[2]
    except (ValueError, AttributeError):
        return ""
