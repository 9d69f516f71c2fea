"""While somebody changes a gallery, others search it in PostgreSQL; `test_engines.py` runs this."""

import threading

import pytest
from django.conf import settings
from django.db import connection, transaction

from tests.support.chains import chains_unprotected
from tests.support.present import present
from tests.support.vectors import everyone, in_memory, in_postgresql, photo_of
from verification import engine
from verification.gallery import services
from verification.gallery.index.pgvector_tables import done
from verification.models import Gallery

pytestmark = pytest.mark.skipif(
    settings.FACEVERIFY_SEARCH != "pgvector", reason="test_engines.py gives it a server"
)


@pytest.fixture
def emptied(django_db_setup, django_db_blocker):
    """Before `transactional_db`, which empties all tables at its end: PostgreSQL's chains refuse even to be
    emptied when they are."""
    with django_db_blocker.unblock(), chains_unprotected():
        yield
        done("TRUNCATE verification_vector, verification_vector_space, verification_vector_change")


def test_a_search_does_not_wait_for_somebody_who_is_being_changed(emptied, transactional_db, user):
    gallery, model = Gallery.default_of(user.pk), engine.served_model().sha256
    ada, bea = (services.person_create(owner=user, name=name) for name in ("Ada", "Bea"))
    photo_of(ada, model, 1)
    photo_of(bea, model, 2)
    in_postgresql(gallery, model)
    photo_of(ada, model, 3)
    found: dict = {}

    def search() -> None:
        found.update(everyone(in_postgresql(gallery, model)))
        connection.close()

    searching = threading.Thread(target=search)
    with transaction.atomic():
        services.anchor_move(anchor=present(ada.anchors.last()), person=bea)
        searching.start()
        searching.join(60)

    assert {pk: count for pk, (count, _template) in found.items()} == {ada.pk: 2, bea.pk: 1}
    assert everyone(in_postgresql(gallery, model)) == everyone(in_memory(gallery, model))
