"""Parsers that read bodies up to a limit, and refuse text that cannot be stored."""

import json
from io import BytesIO

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit: int):
        super().__init__(f"The body is larger than {limit:,} bytes.")


def read_up_to(stream, limit: int) -> bytes:
    """The body. Raises BodyTooLarge."""
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLarge(limit)
    return body


class LimitedJSONParser(BaseParser):
    """JSON of at most a megabyte, whose strings are text.

    Not a subclass of JSONParser, for whose subclasses the framework reads the body beforehand,
    up to a limit that holds for every request.
    """

    media_type = "application/json"
    limit = 1_000_000

    def parse(self, stream, media_type=None, parser_context=None):
        body = read_up_to(stream, self.limit)
        try:
            data = JSONParser().parse(BytesIO(body), media_type, parser_context)
            if b"\\ud" in body.lower():  # half of a pair is no character, though JSON can write it
                json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ParseError("A string of the JSON holds half a surrogate pair.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        return data
