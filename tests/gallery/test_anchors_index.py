"""Every face of a gallery is searched by itself, and what a worker has in memory is never older."""

import numpy as np
import pytest

from tests.support.embedded import add, embedded, known
from tests.support.faces import make_face
from verification import engine
from verification.gallery import services
from verification.gallery.access import default_gallery
from verification.gallery.index import anchors_index, in_memory, rows
from verification.models import Anchor, Gallery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_memory(monkeypatch):
    monkeypatch.setattr(in_memory, "_kept", type(in_memory._kept)())


def there(gallery: Gallery) -> dict:
    model = engine.served_model().sha256
    found = list(anchors_index(gallery_id=gallery.pk, model_sha256=model).parts())
    return {pk: person for part in found for pk, person in zip(part.ids, part.people, strict=True)}


def test_each_face_is_there_by_itself_through_every_change(user):
    gallery = default_gallery(user)
    ada = known(user, 1)
    first, second = ada.anchors.order_by("created_at")
    nobody = embedded(services.anchor_add(gallery=gallery, data=make_face(2, 0)))
    assert there(gallery) == {first.pk: ada.pk, second.pk: ada.pk, nobody.pk: None}

    services.anchors_give(anchors=[nobody], to=ada)
    assert there(gallery)[nobody.pk] == ada.pk
    services.anchor_delete(anchor=first)
    assert there(gallery) == {second.pk: ada.pk, nobody.pk: ada.pk}


def test_only_what_was_embedded_since_is_opened_again(user, monkeypatch):
    gallery = default_gallery(user)
    ada = known(user, 1)
    there(gallery)
    opened = []
    decrypt = rows.decrypt_embedding

    def counted(stored: bytes) -> np.ndarray:
        opened.append(1)
        return decrypt(stored)

    monkeypatch.setattr(rows, "decrypt_embedding", counted)

    added = add(ada, make_face(1, 7))

    assert added.pk in there(gallery) and len(opened) == 1


def test_a_search_ranks_faces_by_how_alike_they_are_with_the_probability_of_a_pair(user):
    gallery = default_gallery(user)
    for identity in (1, 2):
        known(user, identity, name=f"Person {identity}")
    model = engine.served_model().sha256
    found = anchors_index(gallery_id=gallery.pk, model_sha256=model)
    probe = engine.embed_face(make_face(2, 7))

    every = engine.search_anchors(probe, found, limit=4)
    best = engine.search_anchors(probe, found, limit=2)

    assert [row.id for row in best] == [row.id for row in every[:2]]
    people = [Anchor.objects.get(pk=row.id).person for row in every]
    assert [person.name for person in people if person] == ["Person 2"] * 2 + ["Person 1"] * 2
    pair = engine.compare(make_face(2, 7), make_face(2, 0))
    again = engine.search_anchors(probe, found.of([row.id for row in best]), limit=2)
    assert pair.decision.probability in {round(row.decision.probability, 6) for row in again}
    assert engine.search_anchors(probe, found.of([])) == ()
