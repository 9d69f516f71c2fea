"""Galleries that PostgreSQL searches, beside the same in memory. `test_engines.py` runs these, with the tests
of searches, on a server that has pgvector."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from tests.support.present import present
from tests.support.vectors import (
    crowd,
    everyone,
    in_memory,
    in_postgresql,
    photo_of,
    told,
    unit,
    vectors,
)
from verification import engine
from verification.gallery import services
from verification.gallery.index import (
    anchors_index,
    people_index,
    pgvector_building,
    pgvector_checks,
    pgvector_tables,
)
from verification.gallery.index.in_memory import MemoryIndex
from verification.gallery.index.pgvector_tables import PERSON, done, prepare, remove, rows
from verification.gallery.locks import changed
from verification.gallery.numbers import anchor_add_numbers
from verification.models import Anchor, Gallery, Person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        settings.FACEVERIFY_SEARCH != "pgvector", reason="test_engines.py gives it a server"
    ),
]


@pytest.fixture
def gallery(user):
    return Gallery.default_of(user.pk)


@pytest.fixture
def model(db):
    return engine.served_model().sha256


@pytest.mark.parametrize("graph_from", [1, 10_000], ids=["by graphs", "one by one"])
def test_the_same_people_are_found_with_the_same_decisions(
    user, gallery, model, monkeypatch, graph_from
):
    monkeypatch.setattr(pgvector_building, "GRAPH_FROM", graph_from)
    people = crowd(user, model)
    probes = [unit(100 * number + 77, unit(100 * number)) for number in range(0, 40, 3)]

    for without in ([], [people[0].pk, people[7].pk]):
        theirs, ours = (
            found.without(without)
            for found in (in_memory(gallery, model), in_postgresql(gallery, model))
        )
        for probe in probes:
            assert told(ours, probe) == told(theirs, probe)
        assert ours.size == theirs.size == 40 - len(without)


@pytest.mark.parametrize("power", [1, 2])
def test_whoever_is_asked_for_by_a_graph_is_found_by_that_graph(
    user, gallery, model, monkeypatch, power
):
    nearness = replace(engine.nearness(), power=power)
    monkeypatch.setattr(engine, "nearness", lambda: nearness)
    monkeypatch.setattr(pgvector_building, "GRAPH_FROM", 4)
    crowd(user, model, 20)
    found = in_postgresql(gallery, model)
    for way in ("seqscan", "sort", "bitmapscan"):  # which are faster for so few
        done(f"SET LOCAL enable_{way} = off")

    statement, values = found.statement(unit(1), 40)
    plan = "\n".join(line for (line,) in rows(f"EXPLAIN {statement}", values))
    assert [f"{found.space.partition}_graph_{group} " in plan for group in nearness.groups] == [
        True, True, False, True, True,
    ]  # fmt: skip
    first = found.nearest(unit(100 * 6 + 1, unit(100 * 6)), limit=1).ids
    assert present(Person.objects.get(name="Person 6")).pk in first


def test_photos_one_by_one_too_those_of_nobody_named_among_them(user, gallery, model):
    person, *_others = crowd(user, model, 10)
    nobodys = anchor_add_numbers(gallery=gallery, numbers=unit(5).tolist(), model_sha256=model)

    def found(probe, without=()) -> list:
        index = anchors_index(gallery_id=gallery.pk, model_sha256=model).without(without)
        face = engine.ComparableFace(probe, ())
        return [(row.id, row.person_id) for row in engine.search_anchors(face, index, limit=1)]

    assert found(unit(5)) == [(nobodys.pk, None)]
    (own,) = person.anchors.all()
    assert found(unit(0, unit(0))) == [(own.pk, person.pk)]
    assert found(unit(0, unit(0)), [person.pk]) != [(own.pk, person.pk)]


def test_every_change_is_seen_whoever_makes_it(user, gallery, model):
    ada, bea = (services.person_create(owner=user, name=name) for name in ("Ada", "Bea"))
    anchor = photo_of(ada, model, 1)
    photo_of(bea, model, 2)

    def seen() -> dict:
        found = everyone(in_postgresql(gallery, model))
        assert found == everyone(in_memory(gallery, model))
        return {pk: count for pk, (count, _template) in found.items()}

    assert seen() == {ada.pk: 1, bea.pk: 1}
    extra = photo_of(ada, model, 3)
    assert seen() == {ada.pk: 2, bea.pk: 1}
    moved = services.anchor_move(anchor=extra, person=bea).change
    assert seen() == {ada.pk: 1, bea.pk: 2}
    services.change_undo(owner=user, change_id=present(moved).pk)
    assert seen() == {ada.pk: 2, bea.pk: 1}
    deleted = services.person_delete(person=bea)
    assert seen() == {ada.pk: 2}
    services.change_undo(owner=user, change_id=deleted.pk)
    assert seen() == {ada.pk: 2, bea.pk: 1}
    merged = services.people_merge(owner=user, into=ada, other=bea).change
    assert seen() == {ada.pk: 3}
    services.change_undo(owner=user, change_id=present(merged).pk)
    new = services.person_split(owner=user, person=ada, anchors=[anchor], name="Cy")
    assert seen() == {ada.pk: 1, bea.pk: 1, new.pk: 1}
    Anchor.objects.filter(person=new).update(state="pending", finished_at=None)
    changed(new.pk)
    assert seen() == {ada.pk: 1, bea.pk: 1}
    Person.objects.filter(pk=bea.pk).delete()
    assert seen() == {ada.pk: 1}


def test_a_change_that_is_rolled_back_is_not_seen(user, gallery, model):
    ada = services.person_create(owner=user, name="Ada")
    photo_of(ada, model, 1)
    before = everyone(in_postgresql(gallery, model))

    with pytest.raises(RuntimeError), transaction.atomic():
        photo_of(ada, model, 2)
        raise RuntimeError("the transaction ends badly")

    assert everyone(in_postgresql(gallery, model)) == before


@pytest.mark.parametrize("erased", ["photo", "person", "gallery", "account"])
def test_no_vector_outlives_what_it_was_made_from(user, stranger, model, erased):
    for owner in (user, stranger):
        for person in crowd(owner, model, 2):
            photo_of(person, model, 7)
        their_gallery = Gallery.default_of(owner.pk)
        people_index(gallery_id=their_gallery.pk, model_sha256=model)
        anchors_index(gallery_id=their_gallery.pk, model_sha256=model)
    person = Person.objects.filter(owner=user).order_by("name")[0]
    before = vectors()  # of each owner two people and four photos

    if erased == "photo":
        present(person.anchors.first()).delete()
    elif erased == "person":
        services.person_delete(person=person, erase=True)
    elif erased == "gallery":
        Gallery.default_of(user.pk).delete()
    else:
        user.delete()

    # That of the person waits to be written anew, without the photo.
    assert before - vectors() == {"photo": 2, "person": 3}.get(erased, 6)


def test_a_gallery_is_moved_by_a_command_and_all_vectors_removed_by_another(
    user, gallery, model, settings, capsys
):
    settings.FACEVERIFY_PGVECTOR_FROM = 5
    crowd(user, model, 6)
    assert isinstance(people_index(gallery_id=gallery.pk, model_sha256=model), MemoryIndex)

    call_command("search_index", "build")
    assert everyone(in_postgresql(gallery, model)) == everyone(in_memory(gallery, model))
    assert "searched in PostgreSQL, 6 vectors" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no gallery"):
        call_command("search_index", "build", gallery=user.pk)

    settings.FACEVERIFY_SEARCH = "memory"
    call_command("search_index", "remove")
    assert rows("SELECT count(*) FROM pg_class WHERE relname LIKE 'verification_vector%'") == [(0,)]
    photo_of(Person.objects.all()[0], model, 9)  # no trigger is left
    prepare()


def test_what_another_model_sees_is_dropped_by_the_next_build(user, gallery, model):
    crowd(user, model, 3)
    build = pgvector_building.build
    build(gallery.pk, "f" * 64, PERSON)
    build(gallery.pk, model, PERSON)

    call_command("search_index", "build", gallery=gallery.pk)

    assert {space for (space,) in rows("SELECT model_sha256 FROM verification_vector_space")} == {
        model
    }


def test_a_server_without_the_extension_or_with_an_old_one_is_named(monkeypatch, settings):
    def ids() -> list[str | None]:
        return [found.id for found in pgvector_checks.check_pgvector(None, databases=["default"])]

    assert ids() == []
    monkeypatch.setattr(pgvector_tables, "OLDEST", (99,))
    assert ids() == ["verification.E005"]
    monkeypatch.setattr(pgvector_tables, "extension_version", lambda: None)
    assert ids() == ["verification.E004"]
    settings.FACEVERIFY_SEARCH = "memory"
    assert ids() == ["verification.W001"]
    remove()
    assert ids() == []
    prepare()
