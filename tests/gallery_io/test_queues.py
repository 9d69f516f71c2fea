"""The photos of a large import do not stand before what somebody waits for."""

import pytest

from tests.support.faces import make_face
from tests.support.imports import sent
from tests.support.people import anchor, person
from tests.support.submissions import submit_person
from tests.support.zips import packed
from verification.gallery import services
from verification.gallery_io import importing
from verification.jobs.queue import route
from verification.jobs.queues import BULK, INTERACTIVE
from verification.jobs.selectors import queue_states, waiting_rows
from verification.models import Anchor, GalleryImport, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def queue_of(anchor: Anchor) -> str:
    return route(Anchor.TASK, [str(anchor.pk)])["queue"]


@pytest.fixture
def adding(api, monkeypatch):
    """A function that has so many photos of Ada added by an import, which are not embedded yet."""

    def adding(number: int) -> list[Anchor]:
        monkeypatch.setattr(importing, "FEW", 2)
        photos = [(f"Ada/{n}.jpg", make_face(1, n)) for n in range(number)]
        id = sent(api, packed(photos)).json()["id"]
        for _turn in range(2):
            GalleryImport.objects.update(due_at=None)
            tasks.import_a_gallery(id)
        return list(Anchor.objects.all())

    return adding


def test_many_photos_are_embedded_as_bulk_and_few_at_once(adding, user):
    assert {queue_of(photo) for photo in adding(2)} == {INTERACTIVE}
    Anchor.objects.all().delete()
    GalleryImport.objects.all().delete()
    many = adding(3)

    own = anchor(person(user, "Bea"), "pending")

    assert {queue_of(photo) for photo in many} == {BULK}
    assert queue_of(own) == INTERACTIVE
    waiting = {state.name: state.waiting for state in queue_states()}
    assert waiting[INTERACTIVE] == 1
    assert [row.pk for rows in waiting_rows(INTERACTIVE) for row in rows] == [own.pk]
    assert sum(rows.count() for rows in waiting_rows(BULK)) == waiting[BULK] == 3


def test_whoever_tries_one_of_them_again_does_not_wait_for_the_others(adding):
    photo = adding(3)[0]
    Anchor.objects.filter(pk=photo.pk).update(
        state="failed", failure_code="worker_lost", finished_at=photo.created_at
    )
    photo.refresh_from_db()

    services.anchor_retry(anchor=photo)

    assert queue_of(photo) == INTERACTIVE


def test_a_comparison_with_a_person_has_their_photos_embedded_first(adding, user):
    photos = adding(3)
    row = submit_person(owner=user, probe=make_face(1, 7), person=photos[0].person)

    tasks.run(str(row.pk))

    assert {queue_of(photo) for photo in photos} == {INTERACTIVE}
    for photo in photos:
        tasks.embed(str(photo.pk))
    Verification.objects.update(due_at=None)
    tasks.run(str(row.pk))
    row.refresh_from_db()
    assert row.outcome == "match"
