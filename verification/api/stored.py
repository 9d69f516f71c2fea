"""Photos that are already stored, as the input of a new request."""

import re

from rest_framework import serializers

from ..comparisons.selectors import image_open, verification_get
from ..gallery.selectors import anchor_get, anchor_image_open

UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
NAME = re.compile(rf"^(?:anchor:{UUID}|verification:{UUID}:(?:probe|reference))$")
HELP = "Instead of `{}`: a stored photo, `anchor:ID` or `verification:ID:probe` (or `:reference`)."


class StoredPhotoField(serializers.RegexField):
    default_error_messages = {
        "invalid": "Name a stored photo: anchor:ID, verification:ID:probe or "
        "verification:ID:reference."
    }

    def __init__(self, *, instead_of: str):
        super().__init__(NAME, required=False, help_text=HELP.format(instead_of))


def stored_photo(*, owner, name: str) -> tuple[bytes, str]:
    """The bytes and the file name of one of the owner's stored photos; its name has the format NAME.
    Raises Http404 for one that belongs to somebody else or is deleted."""
    kind, id, *which = name.split(":")
    if kind == "anchor":
        data = anchor_image_open(owner=owner, id=id, which="image")
        return data, anchor_get(owner=owner, id=id).file_name
    data = image_open(owner=owner, id=id, which=which[0])
    return data, getattr(verification_get(owner=owner, id=id), f"{which[0]}_name")
