"""Who changes a gallery locks its people first; what follows from a change of anchors."""

from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ..jobs.queue import CHECK_PERSON, send
from .models import Anchor, Person

GONE = "This person is not in your gallery any more: perhaps deleted or merged in another window."


def lock(*ids) -> dict:
    """Those of these people that are there, by id, locked until the transaction ends.

    Whoever changes anchors locks their people first, in this order: nobody waits in a circle.
    """
    people = Person.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    return {person.pk: person for person in people}


def lock_person_of(anchor: Anchor):
    """Lock the person an anchor has now, wherever it was moved; the id, None if it is gone."""
    rows = Anchor.objects.filter(pk=anchor.pk)
    while (pk := rows.values_list("person_id", flat=True).first()) is not None:
        savepoint = transaction.savepoint()
        lock(pk)
        if rows.filter(person_id=pk).exists():
            transaction.savepoint_commit(savepoint)
            return pk
        # The former person is let go before the next is asked for: PostgreSQL keeps even the lock
        # of a row that was deleted while it was waited for, and the order would be broken.
        transaction.savepoint_rollback(savepoint)
    return None


def changed(*people) -> None:
    """The embeddings of the people with these ids are others now: searches read them again, and a
    worker looks at how alike they are."""
    Person.objects.filter(pk__in=people).update(version=F("version") + 1, updated_at=timezone.now())
    for pk in people:
        transaction.on_commit(partial(send, CHECK_PERSON, pk))


def renew_cover(person_id) -> None:
    """Keep the cover while it is a ready anchor of the person's; else take the oldest, or none."""
    ready = Anchor.objects.filter(person_id=person_id, state=Anchor.State.READY)
    kept = Person.objects.filter(pk=person_id, cover__in=ready.order_by().values("pk")).exists()
    if not kept:
        first = ready.order_by("created_at", "id").values_list("pk", flat=True).first()
        Person.objects.filter(pk=person_id).update(cover=first)
