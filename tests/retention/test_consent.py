"""Consent with an end: from then on a person is not compared, by no way."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.support.people import anchor, person, words
from tests.support.photos import photo
from tests.support.rows import verification
from verification import engine
from verification.calibration.selectors import embeddings_of, gallery_size
from verification.comparisons.kinds.person import PERSON
from verification.comparisons.submission import Submission, UploadedPhoto, submit
from verification.gallery.embeddings import encrypt_embedding
from verification.gallery.outliers import person_check
from verification.gallery.worker import templates_of
from verification.jobs.claims import claim
from verification.models import Gallery, Suggestion, Verification
from verification.worker.runs import carry_out
from verification.worker.tasks import _compare

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def sha256():
    return engine.model_identity().sha256


def with_face(owner, name, sha256, seed, **fields):
    found = person(owner, name, **fields)
    vector = np.random.default_rng(seed).normal(size=320).astype("<f4")
    anchor(found, seed=seed, embedding=encrypt_embedding(vector), model_sha256=sha256)
    return found


def test_a_search_does_not_look_at_who_may_not_be_compared(user, sha256):
    with_face(user, "Ada", sha256, 1, consent_until=YESTERDAY)
    bea = with_face(user, "Bea", sha256, 2, consent_until=TODAY)
    cleo = with_face(user, "Cleo", sha256, 3)
    row = verification(user, kind="identify")
    claimed = claim(Verification, pk=row.pk, worker=None)
    assert claimed

    people = templates_of(claimed, Gallery.default_of(user.pk).pk)

    assert people and people.size == 2
    assert {pk for part in people.parts() for pk in part.ids} == {bea.pk, cleo.pk}


def test_a_comparison_is_refused_with_what_to_do(user, owner):
    ada = person(user, "Ada", consent_until=YESTERDAY)
    anchor(ada)

    with pytest.raises(ValidationError, match="consent has ended"):
        submit(Submission(user, PERSON, {"probe": UploadedPhoto(photo(3))}, person=ada))

    assert not Verification.objects.exists()
    page = words(owner.get(f"/people/{ada.pk}/"))
    assert "Verify a photo" not in page
    assert "is not compared any more, and will be erased everywhere in the night of" in page


def test_a_comparison_that_waited_until_the_end_is_refused(user, sha256):
    ada = with_face(user, "Ada", sha256, 1)
    row = verification(user, kind="person", person=ada)
    ada.consent_until = YESTERDAY
    ada.save()

    carry_out(Verification, str(row.pk), _compare)

    row.refresh_from_db()
    assert (row.state, row.refusal_code) == ("refused", "consent_ended")


def test_measuring_the_gallery_leaves_them_out(user, sha256):
    with_face(user, "Ada", sha256, 1, consent_until=YESTERDAY)
    bea = with_face(user, "Bea", sha256, 2)

    assert [
        pk
        for pk, _e in embeddings_of(gallery_id=Gallery.default_of(user.pk).pk, model_sha256=sha256)
    ] == [bea.pk]
    assert gallery_size(gallery=Gallery.default_of(user.pk)).people == 1


def test_nobody_is_said_to_be_the_same_as_they(user, sha256):
    """The two have the same face."""
    first = with_face(user, "Ada", sha256, 1, consent_until=YESTERDAY)
    second = with_face(user, "Bea", sha256, 1)
    for each in (first, second):
        each.version = 5
        each.save()
        assert person_check(each.pk)

    assert not Suggestion.objects.exists()


def test_the_gallery_reminds_before_the_end(user, owner):
    person(user, "Ada", consent_until=TODAY + timedelta(days=5))
    person(user, "Bea", consent_until=TODAY + timedelta(days=300))
    person(user, "Cleo", consent_until=YESTERDAY)

    page = words(owner.get("/people/"))

    assert "Consent has ended: Cleo . They are not compared" in page
    assert "Consent ends soon: Ada (" in page and "Bea (" not in page


def test_a_consent_does_not_end_before_it_was_given(user):
    with pytest.raises(ValidationError, match="not before the consent"):
        person(user, "Ada", consent_at=TODAY, consent_until=YESTERDAY)


def test_form_and_api_carry_the_end(user, owner, api):
    made = api.post("/api/v1/people/", {"name": "Ada", "consent_until": "2031-05-03"}).json()

    assert made["consent_until"] == "2031-05-03"
    owner.post(f"/people/{made['id']}/edit/", {"name": "Ada", "consent_until": "2032-01-01"})
    assert api.get(f"/api/v1/people/{made['id']}/").json()["consent_until"] == "2032-01-01"
