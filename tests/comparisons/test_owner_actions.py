"""Choose a face, retry, delete: what each state allows."""

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from tests.support.rows import files_of, verification
from verification.comparisons.selectors import image_open, verification_get, verification_list
from verification.comparisons.services import (
    ActionNotAllowed,
    verification_choose_face,
    verification_delete,
    verification_retry,
    verifications_delete,
)
from verification.models import Verification

pytestmark = pytest.mark.django_db


def test_a_chosen_face_runs_again(user):
    row = verification(user, "refused", attempts=3)

    again = verification_choose_face(verification=row, which="probe", face_index=1)

    assert (again.state, again.probe_face, again.attempts) == ("pending", 1, 0)
    assert (again.refusal_code, again.refusal_faces, again.finished_at) == ("", [], None)


def test_a_face_that_was_not_found_cannot_be_chosen(user):
    row = verification(user, "refused")

    with pytest.raises(ValidationError):
        verification_choose_face(verification=row, which="probe", face_index=2)
    row.refresh_from_db()
    assert (row.state, row.probe_face) == ("refused", None)


def test_a_face_of_the_other_photo_cannot_be_chosen(user):
    row = verification(user, "refused")

    with pytest.raises(ActionNotAllowed):
        verification_choose_face(verification=row, which="reference", face_index=1)


@pytest.mark.parametrize("state", ["pending", "running", "done", "failed"])
def test_no_face_is_chosen_in_another_state(user, state):
    row = verification(user, state)

    with pytest.raises(ActionNotAllowed):
        verification_choose_face(verification=row, which="probe", face_index=1)
    row.refresh_from_db()
    assert row.state == state


def test_a_failed_one_is_tried_again(user):
    row = verification(user, "failed", attempts=3)

    again = verification_retry(verification=row)

    assert (again.state, again.attempts, again.failure_code) == ("pending", 0, "")


@pytest.mark.parametrize("state", ["pending", "running", "done", "refused"])
def test_nothing_else_is_tried_again(user, state):
    row = verification(user, state)

    with pytest.raises(ActionNotAllowed):
        verification_retry(verification=row)
    row.refresh_from_db()
    assert row.state == state


def test_a_second_click_on_retry_does_not_disturb_the_first(user):
    row, stale = verification(user, "failed"), Verification.objects.get()
    verification_retry(verification=row)

    with pytest.raises(ActionNotAllowed):
        verification_retry(verification=stale)


def test_deleting_takes_the_photos_along(user, django_capture_on_commit_callbacks):
    row = verification(user, "done")

    with django_capture_on_commit_callbacks(execute=True):
        verification_delete(verification=row)

    assert files_of(Verification(pk=row.pk, owner=user)) == set()
    assert not Verification.objects.exists()


def test_deleting_many_spares_those_of_others(user, stranger, django_capture_on_commit_callbacks):
    mine = [verification(user), verification(user, "done")]
    kept, foreign = verification(user), verification(stranger)

    with django_capture_on_commit_callbacks(execute=True):
        deleted = verifications_delete(owner=user, ids=[*[row.pk for row in mine], foreign.pk])

    assert deleted == 2
    assert set(Verification.objects.all()) == {kept, foreign}
    assert files_of(foreign) == {"probe", "reference"}


def test_an_account_that_goes_takes_its_photos_along(
    user, settings, django_capture_on_commit_callbacks
):
    row = verification(user, "done")

    with django_capture_on_commit_callbacks(execute=True):
        user.delete()

    assert not (settings.MEDIA_ROOT / row.folder).exists()


def test_a_deletion_rolled_back_keeps_the_photos(user, django_capture_on_commit_callbacks):
    from django.db import transaction

    row = verification(user)
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(RuntimeError), transaction.atomic():
            verification_delete(verification=Verification.objects.get())
            raise RuntimeError

    assert files_of(row) == {"probe", "reference"}


def test_reads_are_the_owners(user, stranger):
    row = verification(user, "done")

    assert verification_get(owner=user, id=row.pk) == row
    assert list(verification_list(owner=stranger)) == []
    with pytest.raises(Http404):
        verification_get(owner=stranger, id=row.pk)
    with pytest.raises(Http404):
        image_open(owner=stranger, id=row.pk, which="probe")


@pytest.mark.parametrize("which", ["probe_crop", "owner", "../probe", "claim_token"])
def test_an_image_that_is_not_there_is_not_found(user, which):
    with pytest.raises(Http404):
        image_open(owner=user, id=verification(user).pk, which=which)
