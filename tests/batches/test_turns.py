"""A batch is compared in turns of some seconds."""

import pytest

from tests.support.faces import make_face
from tests.support.pair_lists import archive
from verification.batches import worker
from verification.batches.services import batch_create
from verification.models import Batch
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def test_a_turn_that_made_progress_leaves_all_tries(user, monkeypatch):
    monkeypatch.setattr(worker, "TURN", 0.0)
    photos = {"a.jpg": make_face(1), "b.jpg": make_face(1, 1)}
    pairs = b"probe,reference\na.jpg,b.jpg\nb.jpg,a.jpg\n"
    batch = batch_create(owner=user, pairs=pairs, archive=archive(photos))
    Batch.objects.update(attempts=2)  # a worker was lost twice

    tasks.compare_batch(str(batch.pk))

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.attempts) == ("pending", 1, 0)
    tasks.compare_batch(str(batch.pk))
    tasks.compare_batch(str(batch.pk))
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.archive_bytes) == ("done", 2, 0)
