"""GET /verifications/<id>/<which>.jpg"""

import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from tests.support.photos import photo
from tests.support.rows import verification

pytestmark = pytest.mark.django_db


def url(row, which="probe") -> str:
    return reverse("verification_image", args=[row.pk, which])


@pytest.mark.parametrize("which", ["probe", "reference"])
def test_the_owner_sees_the_photo_and_no_shared_cache_keeps_it(owner, user, which):
    answer = owner.get(url(verification(user), which))

    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"].startswith("private")
    assert Image.open(io.BytesIO(answer.content)).size == (64, 48)


def test_crops_are_there_once_they_are_made(owner, user):
    row = verification(user, "done")
    assert owner.get(url(row, "probe_crop")).status_code == 404

    row.probe_crop.save("probe_crop", ContentFile(photo(5)), save=True)

    assert owner.get(url(row, "probe_crop")).content == photo(5)


def test_other_names_are_not_found(owner, user):
    assert owner.get(url(verification(user), "secret_key")).status_code == 404
