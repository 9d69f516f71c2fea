"""After a backup was restored: what had been erased since it was made is erased again."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.services import api_keys_revoke

from ..batches.models import Batch, BatchPhoto
from ..batches.services import batch_faces_erase
from ..comparisons.erasing import NAMING, crops_erase, photos_erase
from ..comparisons.models import Verification
from ..comparisons.selectors import faces_named
from ..gallery.gallery_models import Gallery
from ..gallery.membership_models import Membership
from ..gallery.models import Anchor, Person
from ..gallery_io.models import GalleryExport, GalleryImport
from ..jobs.files import models_with_files, prune_files
from ..live.models import LiveSession
from ..reviews.models import Review
from ..webhooks.models import Webhook
from . import erased
from .account import account_close
from .models import AccountExport, ClosingAccount, Receipt
from .people import person_erase
from .receipts import as_json, receipt_add, receipts_adopt

AT_ONCE = 200

# Rows that are deleted again, in this order, and how they are counted.
ROWS: tuple[tuple[type[Model], str], ...] = (
    (Review, "reviews"),
    (LiveSession, "live_sessions"),
    (Verification, "verdicts"),
    (Anchor, "anchors"),
    (Batch, "batches"),
    (GalleryImport, "imports"),
    (GalleryExport, "exports"),
    (AccountExport, "exports"),
    (apps.get_model("verification", "BulkChange"), "bulk_changes"),
    (Webhook, "webhooks"),
    (Membership, "memberships"),
    (Gallery, "galleries"),
)


def replay_erasures(lists: Iterable[Path] = ()) -> dict[str, int]:
    """Erase again what FACEVERIFY_ERASURES, these lists and the database say is gone; what that
    was, as in words.COUNTED, {} for nothing. It may be repeated. Keys and passkeys that were ended
    are ended again, and receipts handed out since the backup get their places in the chain back.

    Raises FileNotFoundError for a list that is named and missing.
    """
    noted = erased.Noted(Path(settings.FACEVERIFY_ERASURES), lists)
    counts: Counter[str] = Counter()
    with transaction.atomic():
        for receipt in receipts_adopt(noted.receipts):
            if not noted.is_in_own(receipt.pk):
                erased.list_later({"receipt": as_json(receipt)})
    _accounts(noted, counts)
    _access(noted, counts)
    _people(noted, counts)
    _parts_of_verdicts(noted, counts)
    for model, what in ROWS:
        manager = getattr(model, "all_objects", model._default_manager)
        for ids in _gone(noted, model._meta.model_name or "", manager.all()):
            _all, each = model._base_manager.filter(pk__in=ids).delete()
            counts[what] += each.get(model._meta.label, 0)
    _batch_faces(noted, counts)
    _people_without_photos(noted, counts)
    _names(noted, counts)
    for model in models_with_files():
        counts["files"] += prune_files(model)
    found = {what: number for what, number in counts.items() if number}
    with transaction.atomic():
        noted.keep()
        if found:
            receipt_add(owner_id=None, reason=Receipt.Reason.RESTORED, counts=found)
    return found


def _accounts(noted: erased.Noted, counts: Counter[str]) -> None:
    for ids in _gone(noted, erased.ACCOUNT, User.objects.all()):
        for user in User.objects.filter(pk__in=ids):
            # The only administrator may have closed the account, when there was another one.
            User.objects.filter(pk=user.pk).update(is_superuser=False)
            account_close(owner=user, seconds=float("inf"))
            counts["accounts"] += 1
    ClosingAccount.objects.exclude(owner_id__in=User.objects.values("pk")).delete()


def _access(noted: erased.Noted, counts: Counter[str]) -> None:
    keys = ApiKey.objects.filter(revoked_at=None)
    for ids in _gone(noted, erased.KEY, keys):
        counts["revoked_keys"] += api_keys_revoke(keys=ApiKey.objects.filter(pk__in=ids))
    for passkey in Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN):
        if noted.of(erased.PASSKEY, [erased.passkey_id(passkey)]):
            passkey.delete()
            counts["passkeys"] += 1


def _people(noted: erased.Noted, counts: Counter[str]) -> None:
    for ids in _gone(noted, erased.EVERYWHERE, Person.all_objects.all()):
        for person in Person.all_objects.filter(pk__in=ids):
            counts.update(person_erase(person=person))


def _people_without_photos(noted: erased.Noted, counts: Counter[str]) -> None:
    """Somebody who was merged into another is gone as well, but their photos are not: as long as the
    photos are here, so is the person."""
    empty = Person.all_objects.filter(anchors=None)
    for ids in _gone(noted, "person", empty):
        counts["people"] += (
            Person.all_objects.filter(pk__in=ids).delete()[1].get(Person._meta.label, 0)
        )


def _parts_of_verdicts(noted: erased.Noted, counts: Counter[str]) -> None:
    rows = Verification.objects.filter(state__in=Verification.FINISHED)
    rule = Verification.Erasure.RULE
    for ids in _gone(noted, erased.PHOTOS, rows.filter(photos_erased_at=None)):
        with transaction.atomic():
            counts.update(photos_erase(ids, why=rule))
    for ids in _gone(noted, erased.CROPS, rows.filter(crops_erased_at=None)):
        with transaction.atomic():
            counts.update(crops_erase(ids, why=rule))


def _batch_faces(noted: erased.Noted, counts: Counter[str]) -> None:
    kept = BatchPhoto.objects.exclude(face="")
    for ids in _gone(noted, erased.BATCH_FACES, kept):
        with transaction.atomic():
            counts.update(batch_faces_erase(ids))


def _names(noted: erased.Noted, counts: Counter[str]) -> None:
    """Of somebody who was merged into a person that was erased everywhere only the verdicts are
    noted: the names of all go who are not in the gallery."""
    rows = Verification.objects.filter(state__in=Verification.FINISHED, name_erased_at=None)
    for ids in _gone(noted, erased.NAMES, rows):
        for row in Verification.objects.filter(pk__in=ids):
            people = Person.objects.filter(owner=row.owner_id).values_list("pk", flat=True)
            there = {str(pk) for pk in people}
            if row.person_id is None:
                row.person_name, row.anchor_scores = "", []
            for entry in (*row.candidates, *faces_named(row)):
                if entry["person_id"] not in there:
                    entry |= {"person_id": None, "name": ""}
            row.name_erased_at = timezone.now()
            row.erased_why = Verification.Erasure.PERSON
            row.save(update_fields=NAMING)
            counts["names"] += 1


def _gone(noted: erased.Noted, kind: str, rows: Any) -> Iterator[list[UUID]]:
    """The ids of those of these rows that are noted as gone, in portions."""
    portion: list[UUID] = []
    for id in list(rows.order_by().values_list("pk", flat=True)):
        portion += noted.of(kind, [id])
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion
