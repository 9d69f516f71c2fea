"""How photos are received: as files of a form, as base64 in JSON, or as the body itself.

Never as a path or an address: the server reads only what it is sent.
"""

import base64
import re

from django.core.files.base import ContentFile
from django.http import QueryDict
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser

from faceverify.api.parsers import LimitedJSONParser

from ..engine import MAX_BYTES

DATA_URL = re.compile(r"\s*data:[\w.+/-]*(?:;[\w=.+-]+)*;base64,", re.ASCII | re.IGNORECASE)
PHOTOS_IN_JSON = 2


class BytesField(serializers.FileField):
    """A file of a form, the body itself, or in JSON a string of base64 or a data: URL."""

    default_error_messages = {
        "invalid_base64": "Send the file's bytes as base64, or as a data: URL with base64."
    }

    def to_internal_value(self, data):
        if isinstance(data, ContentFile):  # the body itself, see BodyPhotoParser
            return data
        if isinstance(self.root.initial_data, QueryDict) or not isinstance(data, str):
            return super().to_internal_value(data)
        try:
            return ContentFile(from_base64(data), name="")
        except ValueError:
            self.fail("invalid_base64")


def from_base64(text: str) -> bytes:
    """Raises ValueError."""
    text = text[match.end() :] if (match := DATA_URL.match(text)) else text
    return base64.b64decode("".join(text.split()), validate=True)


class PhotoField(BytesField):
    """A photo's bytes, checked by the service and not here, so that an empty or damaged photo gets
    its own code."""

    default_error_messages = {
        "invalid_base64": "Send the photo's bytes as base64, or as a data: URL with base64."
    }

    def __init__(self, **options):
        super().__init__(allow_empty_file=True, **options)


class Base64Photo(OpenApiSerializerFieldExtension):
    """In a schema: bytes in a form, and base64 elsewhere."""

    target_class = BytesField
    match_subclasses = True

    def map_serializer_field(self, auto_schema, direction) -> dict:
        return {"type": "string", "format": "binary"}


class PhotoJSONParser(LimitedJSONParser):
    limit = PHOTOS_IN_JSON * (MAX_BYTES + 2) * 4 // 3 + LimitedJSONParser.limit


class BodyPhotoParser(BaseParser):
    """The body is the photo; the other fields of the form are in the query."""

    fields_in_query = True

    media_type = "image/*"

    def parse(self, stream, media_type=None, parser_context=None) -> dict:
        view, request = parser_context["view"], parser_context["request"]
        # With one byte too many the service refuses it with its own message.
        photo = stream.read(MAX_BYTES + 1)
        return {**request.query_params.dict(), view.photo_field: ContentFile(photo, name="")}


class BytesPhotoParser(BodyPhotoParser):
    media_type = "application/octet-stream"


FORM_OR_JSON = [MultiPartParser, PhotoJSONParser]


def photo_request(serializer, *, body: bool = True) -> dict:
    """The request of an endpoint that takes photos, for the schema; `body`: also as the body."""
    kinds = dict.fromkeys(("multipart/form-data", "application/json"), serializer)
    return kinds | (dict.fromkeys(BODY_TYPES, OpenApiTypes.BINARY) if body else {})


BODY_TYPES = (
    *("image/jpeg", "image/png", "image/webp", "image/heic", "image/avif"),
    "application/octet-stream",
)
ANY_WAY = [*FORM_OR_JSON, BodyPhotoParser, BytesPhotoParser]
