"""Writes that an owner asks for: one photo against many, a group photo against the gallery."""

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from ... import engine
from ...jobs.services import last_part
from ..compared_photos import SearchPhoto
from ..models import Verification
from ..services import check_gallery, submit

MAX_PHOTOS = 100

Kind = Verification.Kind
State = SearchPhoto.State


def search_submit(
    *,
    owner,
    probe: bytes,
    photos: list[tuple[str, bytes]],
    probe_name: str = "",
    title: str = "",
    false_match_rate: float = 1e-3,
    probe_face: int | None = None,
    submission_key: str = "",
    source: str = "web",
) -> Verification:
    """Queue the comparison of a photo with up to MAX_PHOTOS others, as `verification_submit` does.

    A file among `photos` (name, bytes) that is no photo is kept as a refused row: it does not
    stand in the way of the others. Raises ValidationError for none or too many.
    """
    if not photos:
        raise ValidationError({"photos": "Choose at least one photo to compare with."})
    if len(photos) > MAX_PHOTOS:
        raise ValidationError(
            {
                "photos": f"These are {len(photos)} photos. At most {MAX_PHOTOS} can be compared "
                "at a time: leave some out, or make several searches."
            }
        )
    row = Verification(
        owner=owner,
        kind=Kind.PHOTOS,
        source=source,
        title=title,
        probe_name=last_part(probe_name),
        false_match_rate=false_match_rate,
        probe_face=probe_face,
    )

    def beside() -> list[SearchPhoto]:
        return [_photo(row, *photo) for photo in enumerate(photos)]

    return submit(
        row,
        {"probe": probe},
        submission_key,
        more=[data for _name, data in photos],
        beside=beside,
    )


def group_submit(
    *,
    owner,
    probe: bytes,
    probe_name: str = "",
    title: str = "",
    false_match_rate: float = 1e-3,
    submission_key: str = "",
    source: str = "web",
) -> Verification:
    """Queue naming the faces of a photo from the owner's gallery, as `verification_submit` does.
    Raises ValidationError also for a gallery without photos."""
    check_gallery(owner)
    row = Verification(
        owner=owner,
        kind=Kind.GROUP,
        source=source,
        title=title,
        probe_name=last_part(probe_name),
        false_match_rate=false_match_rate,
    )
    return submit(row, {"probe": probe}, submission_key)


def _photo(row: Verification, position: int, file: tuple[str, bytes]) -> SearchPhoto:
    name, data = file
    photo = SearchPhoto(verification=row, position=position, file_name=last_part(name))
    try:
        with engine.one_of_many():
            clean = engine.sanitize(data)
    except engine.ImageRefused as refusal:
        photo.state = State.REFUSED
        photo.refusal_code = refusal.code
        photo.refusal_detail = refusal.detail
        photo.refusal_remedy = refusal.remedy
    else:
        photo.image.save("photo", ContentFile(clean), save=False)
    return photo
