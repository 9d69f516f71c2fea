"""A client for each test, and a worker in its process."""

import pytest

from tests.support.looked import worker_here
from tests.support.rekognition import access_key, boto


@pytest.fixture
def here():
    with worker_here():
        yield


@pytest.fixture
def rekognition(user, here):
    """boto3, as a program of the user's."""
    return boto(access_key(user))


@pytest.fixture
def unchecked(user, here):
    """The same, which sends whatever it is given."""
    return boto(access_key(user), checked=False)


@pytest.fixture
def stranger_rekognition(stranger, here):
    return boto(access_key(stranger))
