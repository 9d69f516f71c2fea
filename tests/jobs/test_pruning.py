"""Files go with their row, and those that no row knows are removed; no others."""

import os
import time
from uuid import uuid4

import pytest

from tests.support.rows import files_of, verification
from tests.support.things import make_things
from verification.jobs.files import models_with_files, prune_files
from verification.models import Anchor, Verification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    private = settings.STORAGES["private"]
    options = private["OPTIONS"] | {"location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"private": private | {"OPTIONS": options}}
    settings.MEDIA_ROOT = tmp_path


def stray(settings, owner, age: int, root=Verification.ROOT):
    """The folder of a submission that was never committed, `age` seconds old."""
    folder = settings.MEDIA_ROOT / f"{root}/{owner.pk}/{uuid4()}"
    folder.mkdir(parents=True)
    (folder / "probe").write_bytes(b"x")
    then = time.time() - age
    os.utime(folder, (then, then))
    return folder


def test_an_old_stray_folder_goes_and_rows_keep_theirs(user, settings):
    row, lost = verification(user), stray(settings, user, age=7200)
    os.utime(settings.MEDIA_ROOT / row.folder, (0, 0))

    assert prune_files(Verification) == 1

    assert not lost.exists()
    assert files_of(row) == {"probe", "reference"}


def test_a_submission_under_way_is_left_alone(user, settings):
    young = stray(settings, user, age=60)

    assert prune_files(Verification) == 0
    assert young.exists()


def test_nothing_stored_yet_is_fine(db):
    assert prune_files(Verification) == 0


def test_anchors_have_folders_of_their_own(user, settings):
    lost = stray(settings, user, age=7200, root=Anchor.ROOT)

    assert prune_files(Verification) == 0
    assert prune_files(Anchor) == 1

    assert not lost.exists()


def test_the_files_of_every_kind_of_job_go_with_the_owners_account(
    user, settings, django_capture_on_commit_callbacks
):
    make_things(user)
    folders = []
    for model in models_with_files():
        for row in model._base_manager.all():
            if row.owner_id != user.pk:
                continue
            folders.append(settings.MEDIA_ROOT / row.folder)
            folders[-1].mkdir(parents=True, exist_ok=True)
            (folders[-1] / "kept").write_bytes(b"x")
    assert {folder.parent.parent.name for folder in folders} == {
        "verifications", "anchors", "batches", "imports", "exports", "downloads"
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        user.delete()

    assert not any(folder.exists() for folder in folders)
