"""The storages that tests of photos share."""

from uuid import uuid4

import pytest

from tests.support.s3 import s3_server
from verification.photos.storage import private_files


@pytest.fixture(scope="module")
def server():
    with s3_server() as place:
        yield place


@pytest.fixture
def in_bucket(server, settings):
    """Files go into a bucket of the test's own, below a prefix; its name."""
    settings.FACEVERIFY_S3_BUCKET = server.bucket(f"photos-{uuid4().hex}")
    options = server.options(settings.FACEVERIFY_S3_BUCKET, "site")
    settings.STORAGES = settings.STORAGES | {"private": options}
    return settings.FACEVERIFY_S3_BUCKET


@pytest.fixture
def in_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    private = settings.STORAGES["private"]
    options = private["OPTIONS"] | {"location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"private": private | {"OPTIONS": options}}


@pytest.fixture(params=["in_folder", "in_bucket"])
def files(request):
    """The encrypted storage, on a folder and on a bucket."""
    request.getfixturevalue(request.param)
    return private_files()
