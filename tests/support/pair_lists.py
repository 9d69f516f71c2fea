"""Lists of pairs and ZIPs of photos."""

import zipfile

from tests.support.faces import face_image, make_face, no_face
from tests.support.image_files import every_format, exif, saved, with_pages, with_scans
from tests.support.zips import packed


def bad_photos() -> dict[str, bytes]:
    """Files that a decoder stumbles over, each in its own way; all look like photos."""
    return {
        "cut page.tif": with_pages(1)[:-20],
        "damaged.gif": every_format()["GIF"].replace(b"\x2c\0\0", b"\x7f\0\0", 1),
        "scans.jpg": with_scans(100, side=1000),
        "cut.heic": every_format()["HEIC"][:400],
        "empty.png": b"\x89PNG\r\n\x1a\n",
    }


def phone_photo(seed: int = 1) -> bytes:
    """A face in a HEIC, as a phone writes it."""
    return saved(face_image(seed), "HEIC", quality=90, exif=exif(1))


PHOTOS = {
    "ada-1.jpg": lambda: make_face(1, 0),
    "ada-2.jpg": lambda: make_face(1, 1),
    "people/bob-1.jpg": lambda: make_face(2, 0),
    "sky.jpg": no_face,
    "notes.jpg": lambda: b"these are no pixels",
}
LIST = """\
probe,reference,title
ada-1.jpg,ada-2.jpg,same
ada-1.jpg,people/bob-1.jpg,other
ada-2.jpg,bob-1.jpg,by its last part
ada-1.jpg,sky.jpg,
notes.jpg,ada-1.jpg,
ada-1.jpg,gone.jpg,
ada-1.jpg,,
"""
LIST_BYTES = LIST.encode()
OUTCOMES = ["match", "no_match", "no_match", "", "", "", ""]
CODES = ["", "", "", "no_face_found", "not_an_image", "photo_missing", "row_invalid"]


def archive(photos: dict | None = None) -> bytes:
    files = (
        (name, content() if callable(content) else content)
        for name, content in (photos or PHOTOS).items()
    )
    return packed(files, compression=zipfile.ZIP_STORED)
