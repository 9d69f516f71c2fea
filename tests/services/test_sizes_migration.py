"""The migration that noted the sizes of files."""

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from verification.storage import private_files


@pytest.mark.django_db(transaction=True)
def test_files_stored_before_are_measured_and_missing_ones_are_nothing():
    def state(name: str):
        executor = MigrationExecutor(connection)
        executor.migrate([("verification", name)])
        return executor.loader.project_state([("verification", name)]).apps

    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("verification")[0][1]
    try:
        old = state("0012_gallery_version")
        owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
        kept = private_files().save("verifications/before/probe", ContentFile(b"x" * 1000))
        row = old.get_model("verification", "Verification").objects.create(
            owner=owner, probe_image=kept, reference_image="verifications/before/gone"
        )

        new = state("0013_file_sizes").get_model("verification", "Verification").objects.get()

        assert new.pk == row.pk
        assert new.probe_image_bytes == (settings.MEDIA_ROOT / kept).stat().st_size
        assert (new.reference_image_bytes, new.probe_crop_bytes) == (0, 0)
        private_files().delete(kept)
        new.delete()
        owner.delete()
    finally:
        state(latest)
