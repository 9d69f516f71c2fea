"""Delete, choose a face, and retry, from the result page"""

import pytest
from django.urls import reverse

from tests.support.found_faces import face
from tests.support.rows import files_of, verification
from verification.models import Verification

pytestmark = pytest.mark.django_db


def several_faces(user) -> Verification:
    return verification(user, "refused", refusal_faces=[face(0), face(1, 36.0)])


def test_delete_asks_first(owner, user):
    row = verification(user, "done", title="Front desk")

    page = owner.get(reverse("verification_delete", args=[row.pk]))

    assert "Front desk" in page.content.decode()
    assert "This cannot be undone." in page.content.decode()
    assert Verification.objects.exists()


def test_delete_removes_the_row_and_its_files(owner, user, django_capture_on_commit_callbacks):
    row = verification(user, "done")
    assert files_of(row)

    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(reverse("verification_delete", args=[row.pk]), follow=True)

    assert "The comparison and its photos are deleted." in answer.content.decode()
    assert not Verification.objects.exists()
    assert not files_of(row)


def test_a_chosen_face_is_compared(owner, user):
    row = several_faces(user)

    answer = owner.post(
        reverse("verification_choose_face", args=[row.pk]), {"which": "probe", "face_index": "1"}
    )

    row.refresh_from_db()
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert (row.state, row.probe_face, row.reference_face) == ("pending", 1, None)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose one of the numbered faces."),
        ({"which": "probe", "face_index": "x"}, "Choose one of the numbered faces."),
        ({"which": "probe", "face_index": "7"}, "Choose one of the faces found in the photo."),
        ({"which": "reference", "face_index": "0"}, "No face has to be chosen here."),
    ],
)
def test_a_face_that_cannot_be_chosen_changes_nothing(owner, user, data, says):
    row = several_faces(user)

    page = owner.post(reverse("verification_choose_face", args=[row.pk]), data, follow=True)

    assert says in page.content.decode()
    row.refresh_from_db()
    assert (row.state, row.probe_face) == ("refused", None)


def test_retry_runs_a_failed_comparison_again(owner, user):
    row = verification(user, "failed", attempts=3)

    owner.post(reverse("verification_retry", args=[row.pk]))

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 0)


def test_retry_of_a_verdict_changes_nothing(owner, user):
    row = verification(user, "done")

    page = owner.post(reverse("verification_retry", args=[row.pk]), follow=True)

    assert "has changed in the meantime" in page.content.decode()
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("done", "match")


@pytest.mark.parametrize("name", ["verification_choose_face", "verification_retry"])
def test_a_link_alone_changes_nothing(owner, user, name):
    row = several_faces(user)

    assert owner.get(reverse(name, args=[row.pk])).status_code == 405
    row.refresh_from_db()
    assert row.state == "refused"
