"""What people and anchors are described by, checked."""

import json

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext

from .gallery_models import NAME_LENGTH
from .models import EXTERNAL_ID_LENGTH
from .tag_models import TAG_LENGTH

MAX_TAGS = 20
METADATA_LENGTH = 16_384  # characters of JSON
FIELDS = (
    "name", "note", "tags", "consent_given_by", "consent_at", "consent_for", "consent_until",
    "external_id", "metadata",
)  # fmt: skip


def person_fields(fields: dict) -> dict:
    """Those of FIELDS that are given, cleaned. Raises ValidationError, a dict by field."""
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A person has no {', '.join(sorted(unknown))}.")
    clean, errors = dict(fields), {}
    for field in ("name", "note", "consent_given_by", "consent_for"):
        if field in clean:
            clean[field] = clean[field].replace("\x00", "").strip()
    if "name" in clean and not 0 < len(clean["name"]) <= NAME_LENGTH:
        errors["name"] = gettext("Give a name of 1 to %(length)s characters.") % {
            "length": NAME_LENGTH
        }
    if len(clean.get("consent_given_by", "")) > NAME_LENGTH:
        errors["consent_given_by"] = gettext("At most %(length)s characters.") % {
            "length": NAME_LENGTH
        }
    if "tags" in clean:
        tags = dict.fromkeys(tag.replace("\x00", "").strip() for tag in clean["tags"])
        clean["tags"] = [tag for tag in tags if tag]
        if len(clean["tags"]) > MAX_TAGS or any(len(tag) > TAG_LENGTH for tag in clean["tags"]):
            errors["tags"] = gettext("At most %(most)s tags of at most %(length)s characters.") % {
                "most": MAX_TAGS,
                "length": TAG_LENGTH,
            }
    errors |= _outside_errors(clean)
    if errors:
        raise ValidationError(errors)
    return clean


def checked_outside_words(fields: dict) -> dict:
    """`external_id` and `metadata` as they are stored. Raises ValidationError, a dict by field."""
    clean = dict(fields)
    if errors := _outside_errors(clean):
        raise ValidationError(errors)
    return clean


def is_taken(error: IntegrityError, constraint: str, column: str) -> bool:
    """Whether a row was refused by this constraint: SQLite names the column, PostgreSQL the
    constraint."""
    return constraint in str(error) or f".{column}" in str(error)


def _outside_errors(clean: dict) -> dict[str, str]:
    """What is wrong with what other programs say of a row; cleans the id."""
    errors: dict[str, str] = {}
    if "external_id" in clean:
        clean["external_id"] = clean["external_id"].replace("\x00", "").strip()
        if len(clean["external_id"]) > EXTERNAL_ID_LENGTH:
            errors["external_id"] = gettext("At most %(length)s characters.") % {
                "length": EXTERNAL_ID_LENGTH
            }
    if "metadata" in clean:
        metadata = clean["metadata"]
        if not isinstance(metadata, dict):
            errors["metadata"] = gettext("Give a JSON object.")
        else:
            try:
                stored = json.dumps(metadata, allow_nan=False)
            except ValueError:
                return errors | {"metadata": gettext("Give numbers that are finite.")}
            if len(stored) > METADATA_LENGTH:
                errors["metadata"] = gettext("At most %(length)s characters of JSON.") % {
                    "length": METADATA_LENGTH
                }
            elif "\\u0000" in stored:
                errors["metadata"] = gettext("No text may hold the character NUL.")
    return errors
