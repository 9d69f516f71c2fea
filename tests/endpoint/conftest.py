"""The clients are those of the tests of the API."""

from tests.api.conftest import anonymous, api, stranger_api

__all__ = ["anonymous", "api", "stranger_api"]
