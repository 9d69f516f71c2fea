"""Which parser reads a request."""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request


class Negotiation(DefaultContentNegotiation):
    """As the framework's, but that a request whose parser is asked for again has its media type read once."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        kept = request.__dict__
        if "chosen_parser" not in kept:
            kept["chosen_parser"] = super().select_parser(request, parsers)
        return kept["chosen_parser"]
