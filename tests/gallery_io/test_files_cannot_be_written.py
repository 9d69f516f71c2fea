"""An import whose photos cannot be written, as on a full disk: what was written before stays, the rest waits."""

import errno

import pytest

from tests.support.clients import program
from tests.support.faces import make_face
from tests.support.imports import sent, worked
from tests.support.zips import packed
from verification.gallery_io import adding
from verification.models import Anchor, GalleryImport, Person
from verification.photos.storage import EncryptedStorage, private_files
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def test_the_photos_before_it_are_stored_and_nothing_of_those_behind_it(user, monkeypatch):
    api = program(user)
    id = sent(api, packed([(f"Ada/{n}.jpg", make_face(1, n)) for n in range(5)])).json()["id"]
    monkeypatch.setattr(adding, "FILES_AT_ONCE", 1)  # in this order
    save, names = EncryptedStorage._save, list[str]()

    def full_at_the_third(storage, name, content):
        if name.endswith("/image"):
            names.append(name)
            if len(names) == 3:
                raise OSError(errno.ENOSPC, "no space left on device")
        return save(storage, name, content)

    with monkeypatch.context() as full:
        full.setattr(EncryptedStorage, "_save", full_at_the_third)
        tasks.import_a_gallery(id)

    job = GalleryImport.objects.get()
    assert (job.state, job.attempts, job.files.count()) == ("pending", 0, 2)
    assert set(private_files().names(f"anchors/{user.pk}")) == set(
        Anchor.objects.values_list("image", flat=True)
    )
    GalleryImport.objects.update(due_at=None)
    assert worked(api, id)["progress"]["added"] == 5
    assert Person.objects.get().anchor_count == 5
