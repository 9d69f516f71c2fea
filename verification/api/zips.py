"""How ZIPs are received: as a file of a form, as base64 in JSON, or as the body itself."""

from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import BaseParser, MultiPartParser

from ..photos.uploads import ARCHIVE
from .photos import PhotoJSONParser


class BodyZipParser(BaseParser):
    """The body is the ZIP, which the view's `archive_from(stream)` reads; the other fields of the form
    are in the query."""

    fields_in_query = True
    media_type = "application/zip"

    def parse(self, stream, media_type=None, parser_context=None) -> dict:
        view, request = parser_context["view"], parser_context["request"]
        return {**request.query_params.dict(), ARCHIVE: view.archive_from(stream)}


class OtherBodyZipParser(BodyZipParser):
    """The media type of ZIPs on Windows."""

    media_type = "application/x-zip-compressed"


class BytesZipParser(BodyZipParser):
    media_type = "application/octet-stream"


ZIP_ANY_WAY = [
    MultiPartParser,
    PhotoJSONParser,
    BodyZipParser,
    OtherBodyZipParser,
    BytesZipParser,
]


def zip_request(form, json=None) -> dict:
    """The request of an endpoint that takes a ZIP, for the schema."""
    body = dict.fromkeys(("application/zip", "application/octet-stream"), OpenApiTypes.BINARY)
    return {"multipart/form-data": form, "application/json": json or form} | body
