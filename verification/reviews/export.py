"""Reviewed pairs as a ZIP: what `python -m ml calibrate --pairs` reads, and the reviews behind it.

The archive is written while it is sent: nothing of it is ever on disk, and only the photos of one
verdict are in memory. A photo that cannot be read is left out, and `left-out.csv` names it.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models.fields.files import FieldFile
from PIL import Image

from accounts.models import User

from ..comparisons.kinds.registry import kind_of
from ..comparisons.models import Verification
from ..jobs.tables import csv_lines
from ..photos import left_out
from .models import Review

Answer = Review.Answer
Outcome = Verification.Outcome

MARGIN = 0.6  # of the face's box, kept around a face that is cut from a photo of several
# The people are known, by an id, where the verdict was on a person of the gallery.
PAIR_COLUMNS = ("probe", "reference", "same", "probe_person", "reference_person")
COLUMNS = (
    "verification", "review", "note", "outcome", "similarity", "confidence", "threshold",
    "false_match_rate", "model", "model_sha256", "made_at", "reviewed_at",
)  # fmt: skip
LEFT_OUT_COLUMNS = ("verification", "photo", "why")
README = """Reviewed pairs of photos

pairs.csv    one pair a line: probe,reference,same (1: one person, 0: two people), and where the
             verdict was on a person an id of that person. The paths count from this folder.
             python -m ml calibrate reads it.
reviews.csv  the review behind each verdict, with its note and the verdict's numbers.
photos/      one folder for each verdict. Of a photo that shows several faces, the one compared.
left-out.csv photos that are missing here because the site could not read them, if there are any.

Only reviews that say who is who make a pair: right or wrong on "same person" or "different
people". Of a verdict on a person there is a pair with each of the person's photos.
"""


def truth(answer: str, outcome: str) -> bool | None:
    """Whether the photos show one person according to the review; None when it does not say."""
    if answer == Answer.UNSURE or outcome == Outcome.INCONCLUSIVE:
        return None
    return (outcome == Outcome.MATCH) == (answer == Answer.RIGHT)


@dataclass
class _Tables:
    """The rows of the tables, as the photos are written."""

    pairs: list[tuple] = field(default_factory=list)
    reviews: list[tuple] = field(default_factory=list)
    left_out: list[tuple] = field(default_factory=list)


def export(*, owner: User) -> Iterator[bytes]:
    """The ZIP, in pieces."""
    sink, tables = _Sink(), _Tables()
    rows = Verification.objects.filter(owner=owner, review__isnull=False)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # photos do not compress
        archive.writestr("README.txt", README)
        for row in rows.select_related("review").order_by("created_at", "id").iterator(100):
            tables.reviews.append(_review_columns(row))
            for name, photo in _photos(row, tables):
                archive.writestr(name, photo)
                yield sink.take()
        archive.writestr("pairs.csv", "".join(csv_lines(PAIR_COLUMNS, tables.pairs)))
        archive.writestr("reviews.csv", "".join(csv_lines(COLUMNS, tables.reviews)))
        if tables.left_out:
            table = "".join(csv_lines(LEFT_OUT_COLUMNS, tables.left_out))
            archive.writestr(left_out.NAME, table)
    yield sink.take()


def _photos(row: Verification, tables: _Tables) -> Iterator[tuple[str, bytes]]:
    """The photos of a row that makes pairs, each with its name; the pairs go into the table."""
    same = truth(row.review.answer, row.outcome)
    folder = f"photos/{row.pk}"
    if same is None or row.photos_erased_at:
        return
    references = kind_of(row).references(row)
    if not references:
        return
    photos = {}
    for name, image, face in [("probe", row.probe_image, row.faces["probe"]), *references]:
        try:
            photos[name] = _face_of(image, face)
        except left_out.PhotoUnreadable as error:
            if Verification.objects.filter(pk=row.pk).exists():  # not deleted a moment ago
                tables.left_out.append((row.pk, name, str(error)))
    probe = photos.pop("probe", None)
    if probe is None or not photos:
        return
    yield f"{folder}/probe.jpg", probe
    person = row.person_id or ""
    for name, photo in photos.items():
        yield f"{folder}/{name}.jpg", photo
        paths = (f"{folder}/probe.jpg", f"{folder}/{name}.jpg")
        tables.pairs.append((*paths, int(same), person if same else "", person))


def _face_of(image: FieldFile, face: dict) -> bytes:
    """The stored photo, or of one that shows several faces the part with the one compared."""
    data = left_out.read_photo(image)
    if face.get("count", 1) < 2:
        return data
    box = face["bounding_box"]
    beside, above = box["width"] * MARGIN, box["height"] * MARGIN
    with Image.open(io.BytesIO(data)) as photo:
        part = photo.crop(
            (
                max(round(box["left"] - beside), 0),
                max(round(box["top"] - above), 0),
                min(round(box["left"] + box["width"] + beside), photo.width),
                min(round(box["top"] + box["height"] + above), photo.height),
            )
        )
        out = io.BytesIO()
        part.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def _review_columns(row: Verification) -> tuple:
    review = row.review
    return (
        row.pk,
        review.answer,
        review.note,
        row.outcome,
        row.similarity,
        row.confidence,
        row.threshold,
        row.false_match_rate,
        f"{row.model_name} {row.model_version}",
        row.model_sha256,
        row.created_at.isoformat(),
        review.updated_at.isoformat(),
    )


class _Sink(io.RawIOBase):
    """Holds what the archive has written until it is sent. It cannot seek, so the archive writes
    each file's size behind the file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
