"""A gallery in which nobody can be found."""

from django.core.exceptions import ValidationError

from accounts.models import User

from ...jobs.refusals import Refusal

GALLERY_EMPTY = Refusal(
    "gallery_empty",
    "Nobody in the gallery has a photo that can be used.",
    "Add people and photos that show their faces clearly.",
)


def is_empty(owner: User) -> bool:
    return not owner.anchors.exists()


def check_gallery(owner: User) -> None:
    """Raises ValidationError when there is nobody to find."""
    if is_empty(owner):
        raise ValidationError("Your gallery has no photos yet: add people and their photos first.")
