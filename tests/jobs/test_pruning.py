"""Files go with their row, and those that no row knows are removed; no others."""

import os
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.support.photos import photo
from tests.support.present import present
from tests.support.rows import files_of, verification
from tests.support.submissions import submit_photos
from tests.support.things import make_things
from verification.jobs import files
from verification.jobs.claims import claim, end_failed, release_rows
from verification.jobs.files import (
    delete_unnamed_files,
    has_unnamed_files,
    models_with_files,
    prune_files,
    prune_some_files,
    prune_unnamed_files,
)
from verification.models import Anchor, Verification
from verification.worker import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


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


class TestFilesOfLostRuns:
    """Written by a run that was killed before it could name them."""

    @pytest.fixture
    def row(self, user, settings):
        row = verification(user)
        for name in ("probe_crop", "reference_crop_x7", "photo-1-crop"):
            (settings.MEDIA_ROOT / row.folder / name).write_bytes(b"x")
        return row

    def test_go_with_the_end_of_the_row_whatever_that_is(
        self, row, django_capture_on_commit_callbacks
    ):
        present(claim(Verification, pk=row.pk, worker=None))
        release_rows(Verification.objects.filter(pk=row.pk), "worker_lost")
        held = present(claim(Verification, pk=row.pk, worker=None))

        with django_capture_on_commit_callbacks(execute=True):
            end_failed(held, "worker_lost")

        assert files_of(row) == {"probe", "reference"}

    def test_go_a_little_later_if_that_was_cut_off_as_well(self, row):
        Verification.objects.filter(pk=row.pk).update(
            state="failed",
            failure_code="worker_lost",
            finished_at=timezone.now(),
            has_strays=True,
        )
        assert prune_unnamed_files(Verification) == 0  # the lost run may be going on

        ended_long_ago()

        assert prune_unnamed_files(Verification) == 3
        assert files_of(row) == {"probe", "reference"}

    def test_go_in_turns_and_no_row_is_looked_at_again(self, user, monkeypatch):
        monkeypatch.setattr(files, "ROWS_A_TURN", 2)
        rows = [verification(user, "failed", failure_code="x") for _ in range(3)]
        Verification.objects.update(has_strays=True)
        ended_long_ago()
        assert has_unnamed_files(Verification)

        turns: list[bool] = []
        monkeypatch.setattr(tasks, "send_prune_runs", lambda: turns.append(True))
        tasks.prune_lost_runs()
        assert (has_unnamed_files(Verification), len(turns)) == (True, 1)
        tasks.prune_lost_runs()
        assert len(turns) == 1

        assert not has_unnamed_files(Verification)
        assert [files_of(row) for row in rows] == [{"probe", "reference"}] * 3

    def test_stay_while_a_run_may_be_writing_them(self, row):
        assert delete_unnamed_files(Verification, row.pk) == 0

    def test_are_none_of_those_that_the_row_or_its_photos_name(self, user):
        done = verification(user, "done", probe_crop="", reference_crop="")
        search = submit_photos(owner=user, probe=photo(1), photos=[("a.jpg", photo(2))])
        Verification.objects.filter(pk=search.pk).update(
            state="refused", refusal_code="x", finished_at=timezone.now(), has_strays=True
        )
        ended_long_ago()
        before = files_of(search)

        assert prune_unnamed_files(Verification) == 0

        assert (files_of(done), files_of(search)) == ({"probe", "reference"}, before)


def ended_long_ago() -> None:
    then = timezone.now() - timedelta(hours=2)
    Verification.objects.exclude(finished_at=None).update(finished_at=then)


def test_in_turns_every_folder_is_looked_at_and_then_all_of_them_again(user, settings, monkeypatch):
    monkeypatch.setattr(files, "FILES_A_TURN", 2)
    kept = [verification(user) for _ in range(2)]

    def turns_until_they_are_gone() -> int:
        lost = [stray(settings, user, age=7200) for _ in range(3)]
        turns = 0
        while any(folder.exists() for folder in lost) and turns < 10:
            assert prune_some_files(Verification) <= 2
            turns += 1
        return turns

    assert 2 <= turns_until_they_are_gone() <= 3
    assert 2 <= turns_until_they_are_gone() <= 5  # wherever the first round has ended

    assert [files_of(row) for row in kept] == [{"probe", "reference"}] * 2


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
        "verifications", "anchors", "batches", "imports", "exports", "downloads", "live"
    }  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        user.delete()

    assert not any(folder.exists() for folder in folders)
