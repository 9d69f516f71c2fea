"""The matrix that a search compares with is never older than the gallery, in any process."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.embedded import add, known
from tests.support.faces import make_face
from tests.support.present import present
from verification.gallery import services
from verification.gallery.embeddings import encrypt_embedding
from verification.gallery.index import in_memory, memory, people_index, rows
from verification.gallery.locks import changed
from verification.models import Anchor, Gallery, Person

pytestmark = pytest.mark.django_db

MODEL = "f" * 64


class Worker:
    """A worker process over the common database; without `shares` it is on a machine of its own, and what
    it has no memory of it reads from blocks."""

    def __init__(self, monkeypatch, *, shares: bool = True):
        self.monkeypatch, self.memory = monkeypatch, type(in_memory._kept)()
        self.shares = shares
        self.galleries: dict = {}

    def search(self, owner, model: str = MODEL) -> dict:
        gallery = self.galleries.get(owner.pk) or Gallery.default_of(owner.pk).pk
        self.galleries[owner.pk] = gallery
        with self.monkeypatch.context() as patched:
            patched.setattr(in_memory, "_kept", self.memory)
            if not self.shares:
                patched.setattr(memory, "_is_shared", lambda: False)
            found = list(people_index(gallery_id=gallery, model_sha256=model).parts())
        return {
            pk: (count, row.round(5).tolist())
            for part in found
            for pk, count, row in zip(part.ids, part.counts, part.templates, strict=True)
        }


def ready(person: Person, seed: int) -> Anchor:
    """An anchor with an embedding, as the embedding's transaction leaves it."""
    direction = np.random.default_rng(seed).normal(size=4).astype(np.float32)
    anchor = Anchor.objects.create(
        owner=person.owner, person=person, state="ready", finished_at=timezone.now(), crop="c",
        content_sha256=f"{seed:064x}", model_sha256=MODEL,
        embedding=encrypt_embedding(direction / np.linalg.norm(direction)),
    )  # fmt: skip
    changed(person.pk)
    return anchor


def test_two_workers_see_every_change_that_either_or_the_web_makes(user, monkeypatch):
    first, second = Worker(monkeypatch), Worker(monkeypatch)
    other_machine = Worker(monkeypatch, shares=False)
    ada, bea = (services.person_create(owner=user, name=name) for name in ("Ada", "Bea"))
    anchor, _other = ready(ada, 1), ready(bea, 2)

    def both() -> dict:
        seen = first.search(user)
        assert second.search(user) == seen
        assert other_machine.search(user) == seen
        assert Worker(monkeypatch, shares=False).search(user) == seen  # one that knows nothing yet
        return {pk: count for pk, (count, _row) in seen.items()}

    assert both() == {ada.pk: 1, bea.pk: 1}
    extra = ready(ada, 3)
    assert both() == {ada.pk: 2, bea.pk: 1}
    moved = services.anchor_move(anchor=extra, person=bea).change
    assert both() == {ada.pk: 1, bea.pk: 2}
    services.change_undo(owner=user, change_id=present(moved).pk)
    assert both() == {ada.pk: 2, bea.pk: 1}
    deleted = services.person_delete(person=bea)
    assert both() == {ada.pk: 2}
    services.change_undo(owner=user, change_id=deleted.pk)
    assert both() == {ada.pk: 2, bea.pk: 1}
    merged = services.people_merge(owner=user, into=ada, other=bea).change
    assert both() == {ada.pk: 3}
    services.change_undo(owner=user, change_id=present(merged).pk)
    assert both() == {ada.pk: 2, bea.pk: 1}
    new = services.person_split(owner=user, person=ada, anchors=[anchor], name="Cy")
    assert both() == {ada.pk: 1, bea.pk: 1, new.pk: 1}
    services.person_delete(person=new, erase=True)
    assert both() == {ada.pk: 1, bea.pk: 1}
    Person.objects.filter(pk=bea.pk).delete()
    assert both() == {ada.pk: 1}


def test_a_worker_reads_nothing_again_while_nothing_changes(
    user, monkeypatch, django_assert_num_queries
):
    worker = Worker(monkeypatch)
    ada = services.person_create(owner=user, name="Ada")
    ready(ada, 1)
    before = worker.search(user)

    services.person_update(person=ada, note="Not to be seen in a face")
    with django_assert_num_queries(1):
        assert worker.search(user) == before


def test_only_the_people_who_changed_are_read_again(user, monkeypatch):
    worker = Worker(monkeypatch)
    people = [services.person_create(owner=user, name=f"Person {n}") for n in range(5)]
    for number, person in enumerate(people):
        ready(person, number)
    before = worker.search(user)
    opened = []
    decrypt_embedding = rows.decrypt_embedding

    def counted(stored: bytes) -> np.ndarray:
        opened.append(1)
        return decrypt_embedding(stored)

    monkeypatch.setattr(rows, "decrypt_embedding", counted)

    ready(people[2], 9)
    after = worker.search(user)

    assert len(opened) == 2
    assert {pk for pk in after if after[pk] != before[pk]} == {people[2].pk}


def test_a_change_that_is_rolled_back_is_not_seen(user, monkeypatch):
    from django.db import transaction

    worker = Worker(monkeypatch)
    ada = services.person_create(owner=user, name="Ada")
    ready(ada, 1)
    before, version = worker.search(user), Gallery.objects.get().version

    with pytest.raises(RuntimeError), transaction.atomic():
        ready(ada, 2)
        raise RuntimeError("the transaction ends badly")

    assert worker.search(user) == before
    assert Gallery.objects.get().version == version


def test_the_galleries_of_two_owners_have_nothing_in_common(user, stranger, monkeypatch):
    worker = Worker(monkeypatch)
    ada, theirs = (services.person_create(owner=o, name="Ada") for o in (user, stranger))
    ready(ada, 1)
    assert set(worker.search(user)) == {ada.pk}
    version = Gallery.default_of(stranger.pk).version

    ready(ada, 2)

    assert Gallery.default_of(stranger.pk).version == version
    assert worker.search(stranger) == {}
    ready(theirs, 3)
    assert set(worker.search(stranger)) == {theirs.pk}


def test_a_real_anchor_reaches_the_matrix(user, monkeypatch):
    worker = Worker(monkeypatch)
    ada = known(user, 1, photos=1)
    model = ada.anchors.get().model_sha256
    assert worker.search(user, model)[ada.pk][0] == 1

    add(ada, make_face(1, 1))

    assert worker.search(user, model)[ada.pk][0] == 2


def test_a_worker_keeps_as_many_galleries_as_fit_and_always_the_last(user, stranger, monkeypatch):
    for owner in (user, stranger):
        ready(services.person_create(owner=owner, name="Ada"), 1)
    worker = Worker(monkeypatch, shares=False)
    worker.galleries = {o.pk: Gallery.default_of(o.pk).pk for o in (user, stranger)}

    def queries(owner) -> int:
        with CaptureQueriesContext(connection) as found:
            worker.search(owner)
        return len(found)

    read_anew = queries(user)
    assert (queries(stranger), queries(user), queries(stranger)) == (read_anew, 1, 1)
    monkeypatch.setattr(in_memory, "MOST", 1)
    assert (queries(user), queries(user)) == (1, 1)
    assert queries(stranger) > 1
