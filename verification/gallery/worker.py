"""What a worker does for a gallery: have anchors embedded again, and hand templates to a search."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.fields.files import FieldFile

from .. import engine
from ..jobs.claims import Claim, requeue
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import as_new
from .gallery_models import Gallery
from .index import GalleryIndex, anchors_index, people_index
from .locks import lock, lock_gallery, slices
from .models import Anchor, Person

PAUSE = 0.5  # seconds until a verification looks again whether the anchors are ready
PEOPLE_LOCKED = 200  # whose anchors are queued in one transaction
PEOPLE_AT_ONCE = 1_000  # whose anchors are queued in one call


def embed_others_again(model_sha256: str) -> int:
    """Have anchors embedded again that another model embedded, see `embed_again`."""
    people = 0
    for owner in Gallery.objects.order_by("owner").values_list("owner", flat=True).distinct():
        others = of_other_models(Anchor.objects.filter(owner=owner), model_sha256)
        people += embed_again(others, is_bulk=True)
        if people >= PEOPLE_AT_ONCE:
            break
    return people


def of_other_models(anchors: QuerySet[Anchor], model_sha256: str) -> QuerySet[Anchor]:
    """Those that this model can embed again: embeddings that were sent in have no photo."""
    # In two parts, for which the index has them side by side: most are of this model.
    others = anchors.filter(Q(model_sha256__lt=model_sha256) | Q(model_sha256__gt=model_sha256))
    return others.filter(is_numbers=False)


def templates_of(claim: Claim, gallery_id: UUID | None) -> GalleryIndex | None:
    """Everyone in a gallery whose consent has not ended, once every anchor is
    of the model in use; None when that has to be waited for: the claim is given back then."""
    if not all_of_this_model(claim, gallery_id):
        return None
    model = engine.served_model().sha256
    people = people_index(gallery_id=gallery_id, model_sha256=model)
    if not people.size and under_way(Anchor.objects.filter(gallery=gallery_id)):
        requeue(claim, countdown=PAUSE)
        return None
    return people.without(consents_ended(gallery_id))


def anchors_of(claim: Claim, gallery_id: UUID) -> GalleryIndex | None:
    """As `templates_of`, every anchor by itself, those of nobody named too."""
    if not all_of_this_model(claim, gallery_id):
        return None
    model = engine.served_model().sha256
    anchors = anchors_index(gallery_id=gallery_id, model_sha256=model)
    if not anchors.size and under_way(Anchor.objects.filter(gallery=gallery_id)):
        requeue(claim, countdown=PAUSE)
        return None
    return anchors.without(consents_ended(gallery_id))


def consents_ended(gallery_id: UUID | None) -> set[UUID]:
    """The people of a gallery who are not to be searched any more."""
    ended = Person.objects.filter(gallery=gallery_id).with_ended_consent().order_by()
    return set(ended.values_list("pk", flat=True))


def all_of_this_model(claim: Claim, gallery_id: UUID | None) -> bool:
    """Whether the model in use has embedded every anchor of a gallery that is embedded at
    all. The others are embedded again, and the claim is given back until they are."""
    model = engine.served_model().sha256
    others = of_other_models(Anchor.objects.filter(gallery=gallery_id), model)
    if embed_again(others) or under_way(others.exclude(embedding=b"")):
        requeue(claim, countdown=PAUSE)
        return False
    return True


def embed_again(anchors: QuerySet[Anchor], *, is_bulk: bool = False) -> int:
    """Have the ready ones of an owner's anchors embedded again, those of PEOPLE_AT_ONCE people at
    most; `is_bulk`: while nobody waits for them.

    Returns how many people that were: who calls until it answers 0 leaves none out, also after a
    crash in between. A transaction locks a few people of one owner; nobody else waits for it.
    """
    ready = anchors.filter(state=Anchor.State.READY)
    named = ready.filter(person__isnull=False)
    people = named.order_by().values_list("person_id", flat=True).distinct()
    found = list(people[:PEOPLE_AT_ONCE])
    for part in slices(found, PEOPLE_LOCKED):
        with transaction.atomic():
            lock(*part)
            if _queue_again(named.filter(person__in=part), is_bulk):
                Person.objects.filter(pk__in=part).update(version=F("version") + 1)
    return len(found) + _embed_nameless_again(ready.filter(person=None), is_bulk)


def _embed_nameless_again(ready: QuerySet[Anchor], is_bulk: bool) -> int:
    """Those without a person, PEOPLE_AT_ONCE of each gallery at most; how many those were."""
    queued = 0
    for gallery in list(ready.order_by().values_list("gallery_id", flat=True).distinct()):
        with transaction.atomic():
            lock_gallery(gallery)
            ids = list(ready.filter(gallery=gallery).values_list("pk", flat=True)[:PEOPLE_AT_ONCE])
            for part in slices(ids):
                queued += _queue_again(ready.filter(pk__in=part), is_bulk)
            Gallery.raise_of([gallery])
    return queued


def _queue_again(ready: QuerySet[Anchor], is_bulk: bool) -> int:
    rows = list(ready.only("pk").order_by())
    if rows:
        ready.update(**as_new(), is_bulk=is_bulk)
    for row in rows:
        enqueue(row)
    return len(rows)


def hurry(anchors: QuerySet[Anchor], *, again: bool) -> None:
    """Somebody waits for these: those that wait among others have their turn before them. `again`: they
    have been hurried before, and only those of a large import that came since are meant."""
    with transaction.atomic():
        meant = Q(is_bulk=True) if again else Q()
        waiting = anchors.filter(meant, state=PENDING).select_for_update().order_by("pk")
        rows = list(waiting.only("pk"))
        Anchor.objects.filter(pk__in=[row.pk for row in rows]).update(is_bulk=False)
        for row in rows:
            enqueue(row)


def under_way(anchors: QuerySet[Anchor]) -> bool:
    return anchors.filter(state__in=(PENDING, RUNNING)).exists()


def read(field: FieldFile) -> bytes:
    with field.open("rb") as file:
        return file.read()
