"""What a worker does for a gallery: embed an anchor, compare a probe with a person, search."""

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from .. import engine
from ..jobs.claims import Claim, requeue
from ..jobs.files import delete_run_files, delete_stale_files
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import as_new
from .locks import changed, lock, lock_person_of
from .models import Anchor, Person
from .templates_cache import Templates, person_templates, seal

PAUSE = 0.5  # seconds until a verification looks again whether the anchors are ready


def embed_anchor(claim: Claim) -> bool:
    """Find, check and embed the face of an anchor, and store it with its crop."""
    anchor = claim.row
    found = engine.look(read(anchor.image), face_index=anchor.face_index)
    former = anchor.crop.name
    anchor.crop.save("crop", ContentFile(engine.jpeg(found.crop)), save=False)
    with transaction.atomic():
        person = lock_person_of(anchor)  # it may have been moved to another meanwhile
        written = claim.end(
            Anchor.State.READY,
            crop=anchor.crop.name,
            crop_bytes=anchor.crop_bytes,
            face=found.face,
            quality=found.face["quality"]["overall"],
            embedding=seal(found.embedding),
            model_sha256=found.model["sha256"],
        )
        if written:
            changed(person)
            Person.objects.filter(pk=person, cover=None).update(cover=anchor)
    if not written:
        delete_run_files(anchor)
    elif former or anchor.attempts > 1:
        delete_stale_files(anchor)
    return written


def embed_others_again(model_sha256: str) -> int:
    """Have every anchor embedded by another model embedded by this one; how many there are."""
    return embed_again(Anchor.objects.exclude(model_sha256=model_sha256))


def templates_of_owner(claim: Claim) -> Templates | None:
    """Everyone in the owner's gallery, once every anchor is of the model in use; None when that
    has to be waited for: the claim is given back then."""
    row = claim.row
    if not all_of_this_model(claim):
        return None
    model = engine.get_verifier().model["sha256"]
    all_of_them = Anchor.objects.filter(owner_id=row.owner_id)
    templates = person_templates(owner_id=row.owner_id, model_sha256=model)
    if not templates.ids and under_way(all_of_them):
        requeue(claim, countdown=PAUSE)
        return None
    return templates


def all_of_this_model(claim: Claim) -> bool:
    """Whether every anchor of the row's owner that was ever embedded is by the model in use. Those
    that are not are embedded again, and the claim is given back until they are."""
    model = engine.get_verifier().model["sha256"]
    others = Anchor.objects.filter(owner_id=claim.row.owner_id).exclude(model_sha256=model)
    if embed_again(others) or under_way(others.exclude(embedding=b"")):
        requeue(claim, countdown=PAUSE)
        return False
    return True


def embed_again(anchors) -> int:
    """Have the ready ones of these anchors embedded again; how many there are."""
    ready = anchors.filter(state=Anchor.State.READY)
    people = set(ready.order_by().values_list("person_id", flat=True))
    if not people:
        return 0
    with transaction.atomic():
        lock(*people)
        rows = list(ready.only("pk").order_by())
        ready.update(**as_new())
        Person.objects.filter(pk__in=people).update(version=F("version") + 1)
        for row in rows:
            enqueue(row)
    return len(rows)


def under_way(anchors) -> bool:
    return anchors.filter(state__in=(PENDING, RUNNING)).exists()


def read(field) -> bytes:
    with field.open("rb") as file:
        return file.read()
