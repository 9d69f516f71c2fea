"""`manage.py check_integrity` looks at the vectors in PostgreSQL; `test_engines.py` gives it a server."""

import contextlib
import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.support.embedded import known
from tests.support.present import present
from tests.support.vectors import everyone, in_memory, in_postgresql, vectors
from verification import engine
from verification.gallery import services
from verification.gallery.index import anchors_index
from verification.gallery.index.pgvector_building import build
from verification.gallery.index.pgvector_tables import PERSON, done, rows
from verification.models import Anchor, Gallery, Person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("media"),
    pytest.mark.skipif(
        settings.FACEVERIFY_SEARCH != "pgvector", reason="test_engines.py gives it a server"
    ),
]


@pytest.fixture
def model(db) -> str:
    return engine.served_model().sha256


@pytest.fixture
def gallery(user, model) -> Gallery:
    """Ada with two photos and Bea with one, searched in PostgreSQL by people and by photos."""
    known(user, 0, name="Ada")
    known(user, 1, photos=1, name="Bea")
    gallery = Gallery.default_of(user.pk)
    in_postgresql(gallery, model)
    anchors_index(gallery_id=gallery.pk, model_sha256=model)
    assert vectors() == 5
    return gallery


def found(*options: str) -> dict[str, int]:
    """What it counts, without the kinds that it found nothing of."""
    out = StringIO()
    try:
        call_command("check_integrity", "--json", *options, stdout=out, stderr=StringIO())
    except CommandError:
        assert "--fix" not in options
    return {kind: n for kind, n in json.loads(out.getvalue()).items() if n}


@contextlib.contextmanager
def without_triggers():
    """Changes that PostgreSQL does not follow, as where a trigger was lost."""
    done("SET LOCAL session_replication_role = replica")
    yield
    done("SET LOCAL session_replication_role = origin")


def ada() -> Person:
    return Person.objects.get(name="Ada")


def lose(_gallery: Gallery) -> None:
    done("DELETE FROM verification_vector WHERE row_id = %(ada)s", {"ada": ada().pk})


def lose_a_photo(_gallery: Gallery) -> None:
    photo = present(ada().anchors.first())
    done("DELETE FROM verification_vector WHERE row_id = %(photo)s", {"photo": photo.pk})


def give_ada_the_face_of_bea(_gallery: Gallery) -> None:
    bea = Person.objects.get(name="Bea")
    done(
        "UPDATE verification_vector SET scaled = "
        "(SELECT scaled FROM verification_vector WHERE row_id = %(bea)s) WHERE row_id = %(ada)s",
        {"ada": ada().pk, "bea": bea.pk},
    )


def shorten(_gallery: Gallery) -> None:
    done(
        "UPDATE verification_vector SET scaled = '[1,2,3]' WHERE row_id = %(ada)s",
        {"ada": ada().pk},
    )


def count_wrong(_gallery: Gallery) -> None:
    done("UPDATE verification_vector SET photos = 7 WHERE row_id = %(ada)s", {"ada": ada().pk})


FAULTS = {
    "a person's is lost": (lose, "vector_missing"),
    "a photo's is lost": (lose_a_photo, "vector_missing"),
    "it is another's": (give_ada_the_face_of_bea, "vector_stale"),
    "it has another length": (shorten, "vector_stale"),
    "it counts other photos": (count_wrong, "vector_stale"),
}


def test_vectors_that_are_in_order_are_not_complained_of(gallery):
    assert found() == {}


@pytest.mark.parametrize("how", FAULTS)
def test_a_vector_that_is_missing_or_wrong_is_found_and_written_anew(gallery, model, how):
    damage, kind = FAULTS[how]
    damage(gallery)

    assert found() == {kind: 1}
    assert found("--fix") == {kind: 1}

    assert everyone(in_postgresql(gallery, model)) == everyone(in_memory(gallery, model))
    anchors_index(gallery_id=gallery.pk, model_sha256=model)
    assert (vectors(), found()) == (5, {})


def test_a_vector_of_somebody_who_is_gone_is_found_and_deleted(gallery, model):
    with without_triggers():
        Person.objects.get(name="Bea").anchors.update(state="pending", finished_at=None)

    assert found() == {"vector_foreign": 2}  # hers and that of her photo
    assert found("--fix") == {"vector_foreign": 2}

    assert vectors() == 3
    assert found() == {}


def test_a_vector_of_a_gallery_or_model_that_nobody_knows_is_found_and_deleted(gallery, model):
    space = present(build(gallery.pk, "f" * 64, PERSON))
    done(
        "INSERT INTO verification_vector (space_id, row_id, photos, measured, scaled) "
        f"SELECT {space.id}, row_id, photos, measured, scaled FROM verification_vector "
        "WHERE person_id = row_id"
    )
    assert found() == {"vector_foreign": 2}  # of a model that has embedded none of them
    done(f"DELETE FROM verification_vector_space WHERE id = {space.id}")
    assert found() == {"vector_foreign": 2}

    assert found("--fix") == {"vector_foreign": 2}

    assert (vectors(), found()) == (5, {})


def test_one_that_waits_to_be_written_is_no_fault(gallery, user, model):
    known(user, 2, photos=1, name="Cy")
    services.person_delete(person=ada())

    assert found() == {}
    assert rows("SELECT count(*) > 0 FROM verification_vector_change") == [(True,)]


def test_an_embedding_that_does_not_open_is_one_fault_and_not_two(gallery):
    with without_triggers():
        Anchor.objects.filter(person=ada()).update(embedding=b"damaged")

    assert found() == {"value_unreadable": 2}
