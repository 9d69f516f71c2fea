"""Lists of pairs and ZIPs of photos."""

import io
import zipfile

from tests.faces import make_face, no_face

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
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in (photos or PHOTOS).items():
            file.writestr(name, content() if callable(content) else content)
    return out.getvalue()
