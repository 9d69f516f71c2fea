"""`manage.py move_media`: from the folder into the bucket and back."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.support.s3 import s3_server
from verification.jobs.models import Worker
from verification.photos.storage import private_files

pytestmark = [pytest.mark.django_db, pytest.mark.server]
DATA = {f"anchors/ada/{n}/image": b"photo %d" % n for n in range(5)} | {
    "imports/ada/1/archive": bytes(9 * 1024**2)
}


@pytest.fixture(scope="module")
def server():
    with s3_server() as place:
        yield place


@pytest.fixture
def installation(server, settings, tmp_path):
    """With a folder that has DATA in it and an empty bucket; gives the bucket's name."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    options = settings.IN_FOLDER["OPTIONS"] | {"location": str(settings.MEDIA_ROOT)}
    settings.IN_FOLDER = settings.IN_FOLDER | {"OPTIONS": options}
    settings.FACEVERIFY_S3_BUCKET = server.bucket(f"photos-{uuid4().hex}")
    settings.IN_BUCKET = server.options(settings.FACEVERIFY_S3_BUCKET)
    use(settings, "folder")
    for name, data in DATA.items():
        private_files().save(name, ContentFile(data))
    return settings.FACEVERIFY_S3_BUCKET


def use(settings, kind: str) -> None:
    """As after a start with other settings."""
    below = {"folder": settings.IN_FOLDER, "bucket": settings.IN_BUCKET}[kind]
    settings.STORAGES = settings.STORAGES | {"private": below}


def everything() -> dict[str, bytes]:
    return {name: private_files().open(name).read() for name in private_files().names()}


def test_everything_is_moved_there_and_back(installation, settings, server, capsys):
    call_command("move_media", "bucket")

    assert "6 files were moved, 9.4 MB." in capsys.readouterr().out
    assert everything() == {}
    use(settings, "bucket")
    assert everything() == DATA
    call_command("move_media", "folder")
    assert server.keys(installation) == []
    use(settings, "folder")
    assert everything() == DATA


def test_a_run_that_was_cut_off_goes_on_and_never_overwrites_what_differs(installation, settings):
    settings_before, name, other = private_files().inner, *list(DATA)[:2]
    use(settings, "bucket")
    for copied, data in (
        (name, settings_before.open_sealed(name).read()),  # cut off before it was deleted there
        (other, b"something else"),
    ):
        file = private_files().inner.unfinished(copied)
        file.write(data)
        file.overwrite(copied)

    with pytest.raises(CommandError, match=r"Of 1 files .* another content"):
        call_command("move_media", "bucket")

    assert private_files().open(name).read() == DATA[name]
    assert private_files().inner.open_sealed(other).read() == b"something else"
    use(settings, "folder")
    assert everything() == {other: DATA[other]}


def test_while_the_bucket_is_away_files_stay_where_they_are(installation, server):
    with server.away(), pytest.raises(CommandError, match="Start this again: it goes on"):
        call_command("move_media", "bucket")

    assert everything() == DATA


def test_it_is_refused_without_a_bucket_and_while_a_worker_runs(installation, settings):
    Worker.objects.create(pk=uuid4(), name="one", queues=[], seen_at=timezone.now())
    with pytest.raises(CommandError, match="A worker is running"):
        call_command("move_media", "bucket")
    settings.FACEVERIFY_S3_BUCKET = ""
    with pytest.raises(CommandError, match="Set FACEVERIFY_S3_BUCKET"):
        call_command("move_media", "bucket")

    assert everything() == DATA
