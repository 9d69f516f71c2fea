"""Galleries whose photos the real model has embedded, and verdicts as a worker ends them."""

from accounts.models import User
from tests.support.faces import make_face
from verification.gallery import services
from verification.models import Anchor, Person, Verification
from verification.worker import tasks


def known(owner: User, identity: int, *, photos: int = 2, name: str = "Ada") -> Person:
    """A person whose anchors are embedded."""
    person = services.person_create(owner=owner, name=name)
    for variation in range(photos):
        add(person, make_face(identity, variation))
    person.refresh_from_db()
    return person


def add(person, photo: bytes, **options) -> Anchor:
    return embedded(services.anchor_add(person=person, data=photo, **options))


def embedded(anchor: Anchor) -> Anchor:
    tasks.embed(str(anchor.pk))
    anchor.refresh_from_db()
    return anchor


def finished(row: Verification) -> Verification:
    """After one run, now: also where an earlier one left it to be tried later."""
    Verification.objects.filter(pk=row.pk).update(due_at=None)
    tasks.run(str(row.pk))
    row.refresh_from_db()
    return row
