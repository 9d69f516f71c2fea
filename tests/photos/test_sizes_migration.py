"""The migration that noted the sizes of files."""

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from tests.support.migrations import migrations
from verification.photos.storage import private_files


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_files_stored_before_are_measured_and_missing_ones_are_nothing():
    with migrations("verification") as at:
        old = at("0012_gallery_version")
        owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
        kept = private_files().save("verifications/before/probe", ContentFile(b"x" * 1000))
        row = old.get_model("verification", "Verification").objects.create(
            owner=owner, probe_image=kept, reference_image="verifications/before/gone"
        )

        new = at("0013_file_sizes").get_model("verification", "Verification").objects.get()

        assert new.pk == row.pk
        assert new.probe_image_bytes == (settings.MEDIA_ROOT / kept).stat().st_size
        assert (new.reference_image_bytes, new.probe_crop_bytes) == (0, 0)
        private_files().delete(kept)
        new.delete()
        owner.delete()
