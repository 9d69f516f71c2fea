"""The photo of a request: its bytes in base64, or the name of a file in a folder of the operator's."""

import base64
import binascii
import os
import re
import stat
from pathlib import Path
from typing import Any

from django.conf import settings

from .. import engine
from .errors import (
    ImageTooLarge,
    InvalidImageFormat,
    InvalidParameter,
    InvalidS3Object,
    NotReadable,
)

MOST_BYTES = 5 * 1024 * 1024  # as the interface has it; of a file in a folder, as of any photo
BUCKET = re.compile(r"[0-9A-Za-z.\-_]{3,255}", re.ASCII)
NAME_LENGTH = 1024

NEITHER = "An image is either Bytes or an S3Object."
NO_SUCH_OBJECT = (
    "Unable to get object metadata from S3. Check object key, region and/or access permissions."
)


def photo_of(image: dict[str, Any]) -> bytes:
    """The bytes of a photo, as they came.

    Raises InvalidParameter, NotReadable, ImageTooLarge, InvalidImageFormat and InvalidS3Object.
    """
    given = {name: value for name, value in image.items() if value is not None}
    if ("Bytes" in given and "S3Object" in given) or not given.keys() & {"Bytes", "S3Object"}:
        raise InvalidParameter(NEITHER)
    return _decoded(given["Bytes"]) if "Bytes" in given else _of_bucket(given["S3Object"])


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise NotReadable("Bytes has to be a string of base64.")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotReadable("Bytes is not base64.") from None
    if not data:
        raise InvalidImageFormat("The image is empty.")
    if len(data) > MOST_BYTES:
        raise ImageTooLarge(f"Image size is too large: at most {MOST_BYTES} bytes are accepted.")
    return data


def _of_bucket(object: Any) -> bytes:
    """A file that lies in the folder of a bucket. Nothing outside of it is read, whatever the name says
    and wherever a link in it leads."""
    if not isinstance(object, dict):
        raise NotReadable("S3Object has to be a structure with Bucket and Name.")
    bucket, name = object.get("Bucket"), object.get("Name")
    if not isinstance(bucket, str) or not BUCKET.fullmatch(bucket):
        raise InvalidParameter("S3Object: Bucket is the name of a bucket.")
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise InvalidParameter("S3Object: Name is the name of an object.")
    folder = settings.FACEVERIFY_S3_FOLDERS.get(bucket)
    parts = name.split("/")
    if folder is None or object.get("Version") is not None or {"", ".", ".."} & set(parts):
        raise InvalidS3Object(NO_SUCH_OBJECT)
    try:
        data = _read_below(folder, parts)
    except (OSError, UnicodeEncodeError):
        raise InvalidS3Object(NO_SUCH_OBJECT) from None
    if len(data) > engine.MAX_BYTES:
        raise ImageTooLarge(
            f"Image size is too large: at most {engine.MAX_BYTES} bytes are accepted."
        )
    if not data:
        raise InvalidImageFormat("The image is empty.")
    return data


def _read_below(folder: Path, parts: list[str]) -> bytes:
    """Each part is opened in the folder before it and never through a link: what is swapped meanwhile
    leads nowhere else. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened)
            os.close(opened)
            opened = inner
        # Not to wait for whoever writes to a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        file = os.open(parts[-1], flags, dir_fd=opened)
    finally:
        os.close(opened)
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise FileNotFoundError
        return stream.read(engine.MAX_BYTES + 1)
