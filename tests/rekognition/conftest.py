"""A client for each test, and a worker in its process."""

from unittest import mock

import pytest

from tests.support.looked import worker_here
from tests.support.rekognition import access_key, boto
from verification.rekognition import faces
from verification.worker import tasks


@pytest.fixture
def here():
    def embed(_model, pk, _seconds, rows):
        tasks.embed(str(pk))
        return rows.filter(pk=pk).first()

    with worker_here(runs=2), mock.patch.object(faces, "wait_until_finished", embed):
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


@pytest.fixture
def collection(rekognition):
    """The id of a collection that is there."""
    rekognition.create_collection(CollectionId="staff")
    return "staff"
