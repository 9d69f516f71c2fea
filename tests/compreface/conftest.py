"""A program that speaks CompreFace's interface, and a worker within the test's process."""

from unittest import mock
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services import api_key_create
from faceverify.api.scopes import USUAL
from tests.support.looked import worker_here
from verification.compreface import enrolling
from verification.worker import tasks


def client(owner, scopes=USUAL, gallery: UUID | None = None) -> APIClient:
    """A program with a new key, perhaps bound to a gallery."""
    program = APIClient(raise_request_exception=False)
    key, secret = api_key_create(owner=owner, name="camera", scopes=scopes)
    ApiKey.objects.filter(pk=key.pk).update(gallery=gallery)
    program.credentials(HTTP_X_API_KEY=secret)
    return program


@pytest.fixture
def compreface(user) -> APIClient:
    return client(user)


@pytest.fixture
def here():
    """Whoever waits for a worker has the work done."""

    def embed(_model, pk, _seconds, rows):
        tasks.embed(str(pk))
        return rows.filter(pk=pk).first()

    with worker_here(runs=2), mock.patch.object(enrolling, "wait_until_finished", embed):
        yield


def code(answer) -> int:
    """The number of an error, which is told as CompreFace does."""
    assert answer.json().keys() == {"message", "code"}
    assert answer.json()["message"]
    return answer.json()["code"]
