"""Hand in each kind of comparison as a page or the API does, for tests."""

from accounts.models import User
from verification.comparisons.kinds.base import Kind
from verification.comparisons.kinds.group import GROUP
from verification.comparisons.kinds.identify import IDENTIFY
from verification.comparisons.kinds.pair import PAIR
from verification.comparisons.kinds.person import PERSON
from verification.comparisons.kinds.photos import PHOTOS
from verification.comparisons.models import Verification
from verification.comparisons.submission import Submission, UploadedPhoto, submit


def _submit(kind: Kind, *, owner: User, submission_key: str = "", **values) -> Verification:
    photos: dict[str, UploadedPhoto] = {}
    faces: dict[str, int | None] = {}
    for role in ("probe", "reference"):
        if role in values:
            photos[role] = UploadedPhoto(values.pop(role), values.pop(f"{role}_name", ""))
        if f"{role}_face" in values:
            faces[role] = values.pop(f"{role}_face")
    return submit(
        Submission(owner=owner, kind=kind, photos=photos, faces=faces, key=submission_key, **values)
    )


def submit_pair(**values) -> Verification:
    return _submit(PAIR, **values)


def submit_person(**values) -> Verification:
    return _submit(PERSON, **values)


def submit_identify(**values) -> Verification:
    return _submit(IDENTIFY, **values)


def submit_photos(*, photos: list[tuple[str, bytes]], **values) -> Verification:
    """`photos` as (name, bytes)."""
    others = tuple(UploadedPhoto(data, name) for name, data in photos)
    return _submit(PHOTOS, others=others, **values)


def submit_group(**values) -> Verification:
    return _submit(GROUP, **values)
