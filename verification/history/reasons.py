"""Why photos are refused, in a few words: for tables, where the whole sentences have no room."""

from django.utils.translation import gettext_lazy

REASONS = {
    "no_face_found": gettext_lazy("No face found"),
    "several_faces": gettext_lazy("Several faces"),
    "face_index_invalid": gettext_lazy("No such face"),
    "face_too_small": gettext_lazy("Face too small"),
    "face_cut_off": gettext_lazy("Face cut off"),
    "too_dark": gettext_lazy("Too dark"),
    "too_bright": gettext_lazy("Too bright"),
    "too_blurred": gettext_lazy("Too blurred"),
    "pose_too_extreme": gettext_lazy("Turned too far away"),
    "no_face_usable": gettext_lazy("No usable face"),
    "no_photo_usable": gettext_lazy("No usable photo"),
    "gallery_empty": gettext_lazy("Gallery empty"),
    "person_deleted": gettext_lazy("Person deleted"),
    "person_without_photos": gettext_lazy("Person without photos"),
    "consent_ended": gettext_lazy("Consent ended"),
    "image_unreadable": gettext_lazy("Image unreadable"),
    "image_truncated": gettext_lazy("Image truncated"),
    "image_too_large": gettext_lazy("Image too large"),
    "image_too_small": gettext_lazy("Image too small"),
    "camera_needed": gettext_lazy("Camera needed"),
}


def reason_in_words(code: str) -> str:
    """A code that is not known here, of an earlier version perhaps, in its own words."""
    return str(REASONS.get(code) or code.replace("_", " ").capitalize())
