"""Sealed blocks are derived from the anchors: whatever happens to one, a search finds the same; and nobody
stays in one who left the gallery."""

import pytest
from django.db import connection, models, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from tests.gallery.test_people_index import MODEL, Worker, ready
from tests.support.present import present
from verification.gallery import services
from verification.gallery.block_models import Kind
from verification.gallery.index import blocks, in_memory
from verification.gallery.index.blocks import read_blocks, write_block
from verification.gallery.index.rows import Source
from verification.gallery.locks import changed
from verification.gallery.selection import people_merge_all
from verification.gallery.sequence import prefix_of
from verification.jobs.services import ActionNotAllowed
from verification.models import Anchor, Departure, Gallery, Person, TemplateBlock
from verification.retention.people import person_erase
from verification.upkeep.rotation import rotate

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(user) -> list[Person]:
    found = [services.person_create(owner=user, name=f"Person {n}") for n in range(4)]
    for number, person in enumerate(found):
        ready(person, number)
    return found


def fresh(monkeypatch) -> Worker:
    """A worker of a machine where nobody has searched yet."""
    return Worker(monkeypatch, shares=False)


def in_blocks(owner) -> set:
    """Whose numbers are in blocks."""
    source = Source(Gallery.default_of(owner.pk).pk, MODEL, Kind.PEOPLE)
    return {pk for block in read_blocks(source) for pk in block.rows.shortlist(0).ids}


def test_a_fresh_worker_opens_no_numbers_of_a_photo_that_are_in_a_block(user, people, monkeypatch):
    first = fresh(monkeypatch).search(user)
    assert in_blocks(user) == {person.pk for person in people} == set(first)
    added = ready(people[0], 9)

    with CaptureQueriesContext(connection) as queries:
        second = fresh(monkeypatch).search(user)

    assert {pk for pk in second if second[pk] != first[pk]} == {people[0].pk}
    assert not any("embedding" in q["sql"] and str(added.pk) in q["sql"] for q in queries)


@pytest.mark.parametrize("harm", ["cut", "changed", "renamed", "lost", "former key"])
def test_a_block_that_does_not_open_is_made_again(user, people, monkeypatch, settings, harm):
    before = fresh(monkeypatch).search(user)
    block = TemplateBlock.objects.get()
    if harm == "cut":
        TemplateBlock.objects.update(data=bytes(block.data)[:50])
    elif harm == "changed":
        TemplateBlock.objects.update(data=bytes(block.data)[:-1] + b"\0")
    elif harm == "renamed":
        TemplateBlock.objects.update(sequence=block.sequence + 1)
    elif harm == "lost":
        TemplateBlock.objects.all().delete()
    else:
        settings.FACEVERIFY_FILE_KEYS = ["A" * 43 + "=", *settings.FACEVERIFY_FILE_KEYS]
        rotate()
        assert not TemplateBlock.objects.exists()

    assert fresh(monkeypatch).search(user) == before

    assert in_blocks(user) == set(before)


def _erase(person: Person) -> None:
    person_erase(person=person)


def _delete(person: Person) -> None:
    services.person_delete(person=person)


def _lose_the_photo(person: Person) -> None:
    services.anchor_delete(anchor=person.anchors.get())


def _go_elsewhere(person: Person) -> None:
    from verification.gallery.galleries import create_gallery, move_people

    move_people(people=[person], gallery=create_gallery(owner=person.owner, name="Other"))


@pytest.mark.parametrize("leave", [_erase, _delete, _lose_the_photo, _go_elsewhere])
def test_who_leaves_is_in_no_block_any_more_from_the_same_transaction_on(
    user, people, monkeypatch, leave
):
    worker = fresh(monkeypatch)
    worker.search(user)
    gone = people[1].pk

    with transaction.atomic():
        leave(people[1])
        assert gone not in in_blocks(user)

    left = {person.pk for person in people} - {gone}
    assert set(worker.search(user)) == left == set(fresh(monkeypatch).search(user))
    assert in_blocks(user) == left


def test_a_block_read_before_somebody_left_is_not_written_after(user, people, monkeypatch):
    gallery = Gallery.default_of(user.pk)
    source = Source(gallery.pk, MODEL, Kind.PEOPLE)
    worker = fresh(monkeypatch)
    worker.search(user)
    (before,) = list(read_blocks(source))
    coded = before.rows

    _erase(people[1])

    assert not write_block(source, 0, 4095, before.sequence, coded)
    assert not TemplateBlock.objects.exists()
    assert str(people[1].pk) not in str(list(Departure.objects.values()))


def test_a_change_costs_the_same_queries_however_many_people_there_are(user, people, monkeypatch):
    worker = fresh(monkeypatch)
    worker.search(user)

    def queries() -> list[str]:
        changed(people[0].pk)
        with CaptureQueriesContext(connection) as found:
            worker.search(user)
        return [q["sql"] for q in found]

    few = queries()
    for number in range(20):
        ready(services.person_create(owner=user, name="Another"), 100 + number)
    worker.search(user)

    assert len(queries()) == len(few)


def test_large_galleries_have_several_blocks_of_which_a_change_takes_one(user, people, monkeypatch):
    monkeypatch.setattr(blocks, "ROWS", 1)
    for number in range(30):
        ready(services.person_create(owner=user, name="Another"), 100 + number)
    worker = fresh(monkeypatch)
    worker.search(user)
    before = TemplateBlock.objects.count()
    assert before >= 32

    services.person_delete(person=people[0])

    kept = TemplateBlock.objects.filter(
        first__lte=prefix_of(people[0].pk), last__gte=prefix_of(people[0].pk)
    )
    assert (kept.count(), TemplateBlock.objects.count()) == (0, before - 1)
    worker.search(user)
    monkeypatch.setattr(in_memory, "_kept", worker.memory)
    monkeypatch.setattr(in_memory.engine, "loaded_model", lambda: type("M", (), {"sha256": MODEL}))
    with monkeypatch.context() as patched:
        patched.setattr("verification.gallery.index.memory._is_shared", lambda: False)
        in_memory.keep_up()
    assert TemplateBlock.objects.count() == before
    assert present(Anchor.all_objects.filter(person=people[0]).first()).deleted_in_id


def test_what_a_process_of_an_earlier_release_writes_is_seen_too(user, people, monkeypatch):
    worker = fresh(monkeypatch)
    worker.search(user)
    anchors = Anchor._base_manager.filter(person=people[0])

    models.QuerySet.update(anchors, deleted_in=services.person_delete(person=people[1]))
    Gallery._base_manager.update(version=F("version") + 1)  # and does not know of `sequence`

    left = {people[2].pk, people[3].pk}
    assert set(worker.search(user)) == left == set(fresh(monkeypatch).search(user))
    assert in_blocks(user) == left


def test_what_one_transaction_changes_is_noted_once(user, people, monkeypatch):
    worker = fresh(monkeypatch)
    worker.search(user)
    before = Gallery.default_of(user.pk).version

    people_merge_all(owner=user, into=people[0], others=people[1:])

    assert Gallery.default_of(user.pk).version == before + 1
    for rows in (Person.all_objects, Anchor.all_objects, Departure.objects):
        assert not rows.filter(sequence=None).exists()
    assert set(worker.search(user)) == {people[0].pk} == set(fresh(monkeypatch).search(user))


def test_a_change_that_is_taken_back_is_not_noted(user, people):
    before = Gallery.default_of(user.pk).version

    with pytest.raises(ActionNotAllowed):
        people_merge_all(owner=user, into=people[0], others=[people[1], Person(owner=user)])

    assert Gallery.default_of(user.pk).version == before
    services.person_delete(person=people[2])
    assert Gallery.default_of(user.pk).version == before + 1
