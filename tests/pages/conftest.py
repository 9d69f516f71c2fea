import pytest
from django.test import Client


def signed_in(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def anonymous():
    return Client(raise_request_exception=False)


@pytest.fixture
def owner(user):
    return signed_in(user)


@pytest.fixture
def other(stranger):
    """The browser of someone else who has an account."""
    return signed_in(stranger)
