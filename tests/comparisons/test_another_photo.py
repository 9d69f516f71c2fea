"""/verifications/<id>/another/<which>/: one photo is replaced and all the rest is kept"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.support.photos import photo
from tests.support.rows import verification
from tests.support.submissions import submit_photos
from verification.comparisons.selectors import image_open
from verification.models import Verification

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def url(row, which: str = "probe") -> str:
    return reverse("verification_another", args=[row.pk, which])


def sent(data: bytes | None = None, **more) -> dict:
    file = SimpleUploadedFile("new.jpg", photo(9) if data is None else data)
    return {"photo": file, "submission_key": "k", **more}


def test_of_a_refused_pair_the_good_photo_the_title_and_the_setting_are_kept(owner, user):
    refused = verification(user, "refused", title="Front desk", false_match_rate=1e-4)
    Verification.objects.filter(pk=refused.pk).update(reference_name="pass.jpg", reference_face=1)

    answer = owner.post(url(refused), sent())

    made = Verification.objects.exclude(pk=refused.pk).get()
    assert answer["Location"] == reverse("verification_detail", args=[made.pk])
    assert (made.title, made.false_match_rate, made.state) == ("Front desk", 1e-4, "pending")
    assert (made.probe_name, made.reference_name) == ("new.jpg", "pass.jpg")
    assert (made.probe_face, made.reference_face) == (None, 1)
    kept, new = (
        image_open(owner=user, id=made.pk, which="reference"),
        image_open(owner=user, id=made.pk, which="probe"),
    )
    assert kept and kept != new
    refused.refresh_from_db()
    assert refused.state == "refused"


def test_a_search_is_done_again_with_the_same_many_photos(owner, user):
    files = [("a.jpg", photo(1)), ("notes.txt", b"text"), ("b.jpg", photo(2))]
    search = submit_photos(owner=user, probe=photo(3), photos=files)
    Verification.objects.update(state="failed", finished_at=search.created_at, failure_code="x")

    owner.post(url(search), sent())

    made = Verification.objects.exclude(pk=search.pk).get()
    assert list(made.photos.values_list("file_name", flat=True)) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("headers", [{}, JSON])
def test_a_photo_that_is_none_is_told_at_its_field_and_nothing_is_made(owner, user, headers):
    refused = verification(user, "refused")

    answer = owner.post(url(refused), sent(b"hello"), headers=headers)

    assert answer.status_code == 422
    told = answer.json()["errors"]["photo"][0] if headers else answer.content.decode()
    assert "These formats work" in told
    assert Verification.objects.count() == 1


def test_sent_twice_it_is_made_once(owner, user):
    refused = verification(user, "refused")

    for _time in range(2):
        owner.post(url(refused), sent())

    assert Verification.objects.count() == 2


@pytest.mark.parametrize("state", ["pending", "running"])
def test_nothing_is_replaced_before_the_end(owner, user, state):
    assert owner.get(url(verification(user, state))).status_code == 404


def test_nothing_is_replaced_when_the_other_photo_is_erased_or_there_is_none(owner, user, other):
    row = verification(user, "refused")

    assert other.get(url(row)).status_code == 404
    assert owner.get(url(row, "others")).status_code == 404
    Verification.objects.update(photos_erased_at=row.created_at, reference_image="")
    assert owner.get(url(row)).status_code == 404
    assert "Replace this photo" not in owner.get(f"/verifications/{row.pk}/").content.decode()
