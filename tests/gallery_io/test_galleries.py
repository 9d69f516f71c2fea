"""Imports and exports of one gallery of several, with what other programs say of it."""

import io
import json
import zipfile

import pytest

from tests.support.clients import program
from tests.support.faces import make_face, two_faces
from tests.support.imports import imported
from verification.gallery import services
from verification.gallery.galleries import create_gallery
from verification.models import Anchor, GalleryImport, Person
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def test_a_zip_brings_outside_ids_metadata_and_faces_without_a_name_to_another_account(
    user, stranger
):
    choir = create_gallery(owner=user, name="Choir")
    services.person_create(owner=user, name="Elsewhere")
    ada = services.person_create(
        owner=user, gallery=choir, name="Ada", external_id="7", metadata={"seat": 3}
    )
    services.anchor_add(person=ada, data=make_face(1), external_id="img-1", metadata={"door": 2})
    services.anchors_add(gallery=choir, data=two_faces(), faces=[0, 1], external_id="img-2")

    ours = program(user)
    job = ours.post(f"/api/v1/exports/?gallery={choir.pk}").json()
    tasks.export_a_gallery(job["id"])
    data = ours.get(f"/api/v1/exports/{job['id']}/download/").getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = json.loads(archive.read("gallery.json"))
    assert [person["name"] for person in manifest["people"]] == ["Ada"]
    assert len(manifest["nameless"]) == 2
    theirs = program(stranger)
    for _twice in range(2):
        imported(theirs, data)

    bea = Person.objects.get(owner=stranger)
    assert (bea.name, bea.external_id, bea.metadata) == ("Ada", "7", {"seat": 3})
    (anchor,) = bea.anchors.all()
    assert (anchor.external_id, anchor.metadata) == ("img-1", {"door": 2})
    faces = Anchor.objects.filter(owner=stranger, person=None).order_by("face_index")
    assert [(each.external_id, each.face_index) for each in faces] == [("img-2", 0), ("img-2", 1)]
    assert len({each.photo_id for each in faces}) == 1
    assert [row.people_added for row in GalleryImport.objects.order_by("created_at")] == [1, 0]
