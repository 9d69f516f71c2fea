"""The options and photos of a look as one file, which the storage encrypts: the number of bytes of the
JSON that begins it (8, big-endian), that JSON, the photos one after the other."""

import json
from collections.abc import Sequence
from typing import Any

LENGTH = 8


def packed(options: dict[str, Any], photos: Sequence[bytes]) -> bytes:
    head = json.dumps({"options": options, "sizes": [len(photo) for photo in photos]}).encode()
    return b"".join((len(head).to_bytes(LENGTH, "big"), head, *photos))


def unpacked(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The options and the photos."""
    at = LENGTH + int.from_bytes(content[:LENGTH], "big")
    head = json.loads(content[LENGTH:at])
    photos = []
    for size in head["sizes"]:
        photos.append(content[at : at + size])
        at += size
    return head["options"], photos
