"""The kinds of things that a rule can be made for: what is due, and how it is erased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ..batches.models import Batch, BatchPhoto
from ..batches.services import batch_faces_erase
from ..comparisons.erasing import crops_erase, has_crops, has_photos, photos_erase
from ..comparisons.models import Verification
from ..gallery.models import Change, Person
from ..gallery_io.models import GalleryExport, GalleryImport
from ..live.models import LiveSession
from ..reviews.models import Review
from ..webhooks.models import Delivery
from . import erased
from .models import Receipt
from .people import person_erase

RULE = Verification.Erasure.RULE


@dataclass(frozen=True)
class RetentionKind:
    """`due(owner_id, before)`: the rows whose time is over if it ended before that moment, the oldest
    first. `erase(ids)` erases those of these rows, in a transaction, and counts what it erased."""

    name: str
    label: str | Promise
    explanation: str | Promise
    counted: str  # in words.COUNTED
    due: Callable[[UUID, datetime], QuerySet[Any]]
    erase: Callable[[Sequence[UUID]], dict[str, int]]
    gallery: str = ""  # the path from a row to its gallery, where there is one
    portion: int = 100  # rows erased in one transaction
    reason: str = Receipt.Reason.RULE.value


def _finished(rows: QuerySet[Any], before: datetime) -> QuerySet[Any]:
    return rows.filter(finished_at__lt=before).order_by("finished_at")


def _verdicts(owner: UUID, before: datetime) -> QuerySet[Verification]:
    mine = Verification.objects.filter(owner=owner, state__in=Verification.FINISHED)
    return mine.filter(created_at__lt=before).order_by("created_at", "id")


def _with_photos(owner: UUID, before: datetime) -> QuerySet[Verification]:
    return _verdicts(owner, before).filter(has_photos())


def _with_crops(owner: UUID, before: datetime) -> QuerySet[Verification]:
    return _verdicts(owner, before).filter(has_crops()).distinct()


def _people(owner: UUID, before: datetime) -> QuerySet[Person]:
    ended = Person.objects.filter(owner=owner, consent_until__lt=before.date())
    return ended.order_by("consent_until", "id")


def _batch_faces(owner: UUID, before: datetime) -> QuerySet[BatchPhoto]:
    kept = BatchPhoto.objects.filter(batch__owner=owner, batch__finished_at__lt=before)
    return kept.exclude(face="").order_by("batch__finished_at", "id")


def _bulk_changes(owner: UUID, before: datetime) -> QuerySet[Any]:
    """Not those by which people were deleted who can still be brought back. The room of bulk changes lies
    above this one, so its model is named."""
    ended = apps.get_model("verification", "BulkChange").objects.filter(owner=owner).defer("ids")
    undoable = Change.objects.filter(bulk=OuterRef("pk"), undone_at=None)
    return _finished(ended.filter(~Exists(undoable)), before)


def _erase_bulk_changes(ids: Sequence[UUID]) -> dict[str, int]:
    return _deleting(apps.get_model("verification", "BulkChange"), "bulk_changes")(ids)


def _deleting(model: type[Model], counted: str) -> Callable[[Sequence[UUID]], dict[str, int]]:
    """Erase whole rows, with all that belongs to them."""

    def erase(ids: Sequence[UUID]) -> dict[str, int]:
        _all, each = model._default_manager.filter(pk__in=ids).delete()
        return {counted: each.get(model._meta.label, 0)}

    return erase


def _erase_photos(ids: Sequence[UUID]) -> dict[str, int]:
    erased.note(erased.PHOTOS, ids)
    return photos_erase(ids, why=RULE)


def _erase_crops(ids: Sequence[UUID]) -> dict[str, int]:
    erased.note(erased.CROPS, ids)
    return crops_erase(ids, why=RULE)


def _erase_batch_faces(ids: Sequence[UUID]) -> dict[str, int]:
    erased.note(erased.BATCH_FACES, ids)
    return batch_faces_erase(ids)


def _erase_people(ids: Sequence[UUID]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for person in Person.objects.filter(pk__in=ids):
        for what, number in person_erase(person=person).items():
            counts[what] = counts.get(what, 0) + number
    return counts


KINDS = {
    kind.name: kind
    for kind in (
        RetentionKind(
            "photos",
            gettext_lazy("Photos of verdicts"),
            gettext_lazy(
                "The verdict stays, with its numbers. Photos of your gallery are not meant."
            ),
            "verdicts_without_photos",
            _with_photos,
            _erase_photos,
            gallery="gallery",
        ),
        RetentionKind(
            "crops",
            gettext_lazy("Faces cut out for verdicts"),
            gettext_lazy("The small aligned pictures beside a verdict. The verdict stays."),
            "verdicts_without_crops",
            _with_crops,
            _erase_crops,
            gallery="gallery",
        ),
        RetentionKind(
            "verdicts",
            gettext_lazy("Verdicts"),
            gettext_lazy("Whole, with photos, faces and review."),
            "verdicts",
            _verdicts,
            _deleting(Verification, "verdicts"),
            gallery="gallery",
        ),
        RetentionKind(
            "reviews",
            gettext_lazy("Reviews"),
            gettext_lazy("What you said of a verdict, with your note. The verdict stays."),
            "reviews",
            lambda owner, before: Review.objects.filter(
                Q(verification__owner=owner), updated_at__lt=before
            ).order_by("updated_at"),
            _deleting(Review, "reviews"),
            gallery="verification__gallery",
        ),
        RetentionKind(
            "people",
            gettext_lazy("People whose consent has ended"),
            gettext_lazy(
                "Counted from the end of the consent. They are erased everywhere: photos, name, and both in old verdicts."
            ),
            "people",
            _people,
            _erase_people,
            gallery="gallery",
            portion=5,  # each is looked for in everything that the owner has
            reason=Receipt.Reason.CONSENT.value,
        ),
        RetentionKind(
            "batches",
            gettext_lazy("Batches"),
            gettext_lazy(
                "The list of pairs with its verdicts. Its photos are gone when it is finished."
            ),
            "batches",
            lambda owner, before: _finished(Batch.objects.filter(owner=owner), before),
            _deleting(Batch, "batches"),
        ),
        RetentionKind(
            "batch_faces",
            gettext_lazy("Faces of batches"),
            gettext_lazy(
                "The small pictures beside the pairs, where you wanted them kept. The verdicts stay."
            ),
            "crops",
            _batch_faces,
            _erase_batch_faces,
        ),
        RetentionKind(
            "imports",
            gettext_lazy("Reports of imports"),
            gettext_lazy("What was added stays in the gallery."),
            "imports",
            lambda owner, before: _finished(GalleryImport.objects.filter(owner=owner), before),
            _deleting(GalleryImport, "imports"),
            gallery="gallery",
        ),
        RetentionKind(
            "exports",
            gettext_lazy("Exports of the gallery"),
            gettext_lazy("A finished ZIP is deleted earlier, when it can no longer be fetched."),
            "exports",
            lambda owner, before: _finished(GalleryExport.objects.filter(owner=owner), before),
            _deleting(GalleryExport, "exports"),
            gallery="gallery",
        ),
        RetentionKind(
            "bulk_changes",
            gettext_lazy("Changes of many people"),
            gettext_lazy("What was ordered, and how it ended. What it did stays."),
            "bulk_changes",
            _bulk_changes,
            _erase_bulk_changes,
            gallery="gallery",
        ),
        RetentionKind(
            "live_sessions",
            gettext_lazy("Live sessions without a verdict"),
            gettext_lazy("When they were, and how they ended. One with a verdict goes with that."),
            "live_sessions",
            lambda owner, before: _finished(
                LiveSession.objects.filter(owner=owner, verification=None), before
            ),
            _deleting(LiveSession, "live_sessions"),
            gallery="gallery",
        ),
        RetentionKind(
            "deliveries",
            gettext_lazy("Messages to webhooks"),
            gettext_lazy("Finished ones, with the log of the attempts."),
            "deliveries",
            lambda owner, before: _finished(Delivery.objects.filter(webhook__owner=owner), before),
            _deleting(Delivery, "deliveries"),
        ),
    )
}
