import pytest
from rest_framework.test import APIClient

from accounts.services import api_key_create
from faceverify.rest.scopes import USUAL


def signed_in(user, scopes=USUAL) -> APIClient:
    """A program with an API key of the user's."""
    _key, secret = api_key_create(owner=user, name="program", scopes=scopes)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def anonymous():
    return APIClient(raise_request_exception=False)


@pytest.fixture
def api(user):
    return signed_in(user)


@pytest.fixture
def stranger_api(stranger):
    return signed_in(stranger)
