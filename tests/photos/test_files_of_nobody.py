"""What lost runs and killed processes have left is found, in a folder and in a bucket, and for a row with one run
nothing is looked at."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.support.present import present
from tests.support.rows import verification
from verification.jobs import files as job_files
from verification.jobs.claims import claim, end_failed, release_rows
from verification.jobs.files import prune_files, prune_some_files, prune_unnamed_files
from verification.models import Verification
from verification.photos.bucket import BucketStorage

pytestmark = [pytest.mark.server, pytest.mark.django_db]


def saved(files, name: str) -> str:
    return files.save(name, ContentFile(b"photo"))


@pytest.fixture
def listed(files, monkeypatch) -> list[str]:
    """The folders that are listed."""
    found: list[str] = []
    storage = type(files.inner)
    listdir = storage.listdir

    def noting(self, path):
        found.append(path)
        return listdir(self, path)

    monkeypatch.setattr(storage, "listdir", noting)
    return found


def ended(row: Verification, commits) -> None:
    """One run of it, to its end."""
    held = present(claim(Verification, pk=row.pk, worker=None))
    with commits(execute=True):
        assert end_failed(held, "internal_error")


def test_of_a_row_with_one_run_no_folder_is_listed(
    files, listed, user, django_capture_on_commit_callbacks
):
    rows = [verification(user) for _ in range(5)]

    for row in rows:
        ended(row, django_capture_on_commit_callbacks)

    ended_long_ago()
    assert prune_unnamed_files(Verification) == 0
    assert listed == []


def test_what_a_lost_run_has_left_goes_and_only_its_folder_is_listed(
    files, listed, user, django_capture_on_commit_callbacks
):
    lost, other = verification(user), verification(user)
    present(claim(Verification, pk=lost.pk, worker=None))
    stray = saved(files, f"{lost.folder}/probe_crop")
    release_rows(Verification.objects.filter(pk=lost.pk), "worker_lost")

    for row in (other, lost):
        ended(row, django_capture_on_commit_callbacks)

    assert not files.exists(stray) and files.exists(lost.probe_image.name)
    late = saved(files, f"{lost.folder}/probe_crop")  # the lost worker was only slow, and is killed
    ended_long_ago()
    assert prune_unnamed_files(Verification) == 1
    assert not files.exists(late) and set(listed) == {lost.folder}


def ended_long_ago() -> None:
    Verification.objects.update(finished_at=timezone.now() - timedelta(hours=2))


def test_files_of_nobody_are_looked_for_in_turns_of_which_none_looks_at_more_than_some(
    files, user, monkeypatch, told
):
    monkeypatch.setattr(job_files, "FILES_A_TURN", 5)
    monkeypatch.setattr(job_files, "SAFE_AGE", timedelta(hours=-1))
    kept = [verification(user) for _ in range(4)]  # of two files each
    lost = [f"verifications/{owner}/{uuid4()}" for owner in (user.pk, user.pk, uuid4())]
    for folder in lost:
        saved(files, f"{folder}/probe")
    for part in range(7):  # of one folder more than a turn looks at
        saved(files, f"{lost[2]}/{part}")

    turns = 0
    while any(files.exists(folder) for folder in lost):
        told.clear()
        prune_some_files(Verification)
        assert len(told) <= 1
        turns += 1
        assert turns < 10

    folders, more = files.folders("verifications", "", 2)
    assert (len(folders) <= 2, more) == (True, True)
    assert all(files.exists(row.probe_image.name) for row in kept)
    assert prune_files(Verification) == 0


@pytest.fixture
def told(files, monkeypatch) -> list[str]:
    """The requests by which a bucket is asked for all objects of a kind, one for up to a thousand."""
    found: list[str] = []
    if isinstance(files.inner, BucketStorage):
        below = BucketStorage._below

        def noting(self, start, *arguments, **options):
            if start == "verifications/":
                found.append(start)
            return below(self, start, *arguments, **options)

        monkeypatch.setattr(BucketStorage, "_below", noting)
    return found
