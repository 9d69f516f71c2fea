"""Closing an account: everything that belongs to it goes, at once and for good."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import EmailField, Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import ApiKey, User
from faceverify.api.models import IdempotentRequest

from ..batches.models import Batch
from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.models import Verification
from ..gallery.gallery_models import Gallery
from ..gallery.models import Anchor, Change, Person
from ..gallery_io.models import GalleryExport, GalleryImport
from ..jobs.files import folders_of_nobody, models_with_files
from ..jobs.services import ActionNotAllowed
from ..live.models import LiveSession
from ..photos.storage import private_files
from ..reviews.models import Review
from ..teams.handing_over import galleries_give_up
from ..webhooks.models import Delivery, Webhook
from . import erased
from .models import AccountExport, ClosingAccount, Receipt
from .receipts import receipt_add

PORTION = 200  # rows deleted in one transaction
PATIENCE = 10.0  # seconds that a request erases; the workers do the rest
STALE = timedelta(seconds=60)

LAST_ADMINISTRATOR = gettext_lazy(
    "You are the only administrator of this server. Make somebody else one first: python manage.py createsuperuser."
)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Part:
    """Rows of an account that are counted in its receipt, deleted in portions."""

    counted: str  # in words.COUNTED
    model: type[Model]
    owner: str = "owner"

    def rows(self, owner_id: UUID) -> Any:
        manager = getattr(self.model, "all_objects", self.model._default_manager)
        return manager.filter(**{self.owner: owner_id}).order_by()


# In this order: what belongs to something comes before it.
PARTS = (
    Part("reviews", Review, "verification__owner"),
    Part("live_sessions", LiveSession),
    Part("verdicts", Verification),
    Part("batches", Batch),
    Part("imports", GalleryImport),
    Part("exports", GalleryExport),
    Part("exports", AccountExport),
    Part("anchors", Anchor),
    Part("people", Person),
    Part("bulk_changes", apps.get_model("verification", "BulkChange")),
    Part("changes", Change),
    Part("galleries", Gallery),
    Part("deliveries", Delivery, "webhook__owner"),
    Part("webhooks", Webhook),
    Part("answers", IdempotentRequest),
    Part("keys", ApiKey),
)


def account_counts(*, owner: User) -> dict[str, int]:
    """What closing the account takes away, as in words.COUNTED."""
    counts: dict[str, int] = {}
    for part in PARTS:
        counts[part.counted] = counts.get(part.counted, 0) + part.rows(owner.pk).count()
    photos = SearchPhoto.objects.filter(verification__owner=owner).exclude(image="").count()
    for field in ("probe_image", "reference_image"):
        mine = Verification.objects.filter(owner=owner)
        photos += mine.exclude(**{field: ""}).count()
    return counts | {"photos": photos}


def account_close(*, owner: User, seconds: float = PATIENCE) -> UUID:
    """Close an account and erase what it has, for so many seconds; the workers erase what is left.

    Galleries that are shared go to who has agreed to take them over. From this moment on nobody can
    sign in, no key works and no job goes on. Returns the id of the
    receipt, which is there when everything is gone. Raises ActionNotAllowed for the last
    administrator.
    """
    with transaction.atomic():
        galleries_give_up(owner=owner)
        user = User.objects.select_for_update().get(pk=owner.pk)
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
        if user.is_superuser and not others.exists():
            raise ActionNotAllowed(LAST_ADMINISTRATOR)
        counts = account_counts(owner=user)
        closing, _new = ClosingAccount.objects.get_or_create(
            owner_id=user.pk, defaults={"counts": counts}
        )
        User.objects.filter(pk=user.pk).update(is_active=False, password="!")  # noqa: S106  none
        ApiKey.objects.filter(owner=user, revoked_at=None).update(revoked_at=timezone.now())
        closing.counts["sessions"] = _end_sessions(user.pk)
        closing.save()
        erased.note(erased.ACCOUNT, [user.pk])
        record(action=Action.CLOSED, account=user.pk, object=user)
    _go_on(closing, time.monotonic() + seconds)
    return closing.receipt


def accounts_go_on(*, seconds: float = PATIENCE) -> int:
    """Go on erasing accounts that were closed; how many are finished now."""
    until = time.monotonic() + seconds
    before = timezone.now() - STALE  # until then the request itself is at it
    finished = 0
    for closing in ClosingAccount.objects.filter(closed_at__lt=before).order_by("closed_at"):
        finished += _go_on(closing, until)
    return finished


def closing_is_under_way(*, receipt: UUID) -> bool:
    return ClosingAccount.objects.filter(receipt=receipt).exists()


def _go_on(closing: ClosingAccount, until: float) -> bool:
    """Delete portion after portion; True when nothing is left and the receipt is written. Running it
    twice at the same time does no harm."""
    with erased.noted_as_a_whole():
        for part in PARTS:
            while ids := list(part.rows(closing.owner_id).values_list("pk", flat=True)[:PORTION]):
                with transaction.atomic():
                    part.model._base_manager.filter(pk__in=ids).delete()
                if time.monotonic() > until:
                    return False
        with transaction.atomic():
            if not ClosingAccount.objects.select_for_update().filter(pk=closing.pk).exists():
                return True  # another process was faster
            user = User.objects.filter(pk=closing.owner_id).first()
            other = _delete_user(user) if user else 0
            ClosingAccount.objects.filter(pk=closing.pk).delete()
            receipt_add(
                id=closing.receipt,
                owner_id=closing.owner_id,
                reason=Receipt.Reason.CLOSED,
                counts={**closing.counts, "other": other, "accounts": 1},
            )
            transaction.on_commit(lambda: _delete_folders(closing.owner_id))
    logger.info("account_closed")
    return True


def _delete_user(user: User) -> int:
    """Delete the user with all that is left of the account; how many rows besides the user's."""
    addresses = {user.email}
    owned = apps.get_model("account.EmailAddress").objects.filter(user=user)
    addresses |= set(owned.values_list("email", flat=True))
    rows = sum(_delete_by_address(model, fields, addresses) for model, fields in _with_addresses())
    deleted, _each = user.delete()
    return rows + deleted - 1


def _with_addresses() -> Iterator[tuple[type[Model], list[str]]]:
    """Every table, besides the users', that holds email addresses: such as invitations."""
    for model in apps.get_models():
        fields = [field.name for field in model._meta.fields if isinstance(field, EmailField)]
        if fields and model is not User:
            yield model, fields


def _delete_by_address(model: type[Model], fields: list[str], addresses: set[str]) -> int:
    condition = Q()
    for field in fields:
        for address in addresses:
            condition |= Q(**{f"{field}__iexact": address})
    return model._base_manager.filter(condition).delete()[0]


def _end_sessions(user_id: UUID) -> int:
    """Sessions name their user inside; so all of them are read."""
    keys = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if session.get_decoded().get(SESSION_KEY) == str(user_id)
    ]
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def _delete_folders(owner_id: UUID) -> None:
    """The folders of the owner's, and what no row knew of in them. What was handed over stays."""
    storage = private_files()
    for model in models_with_files():
        for folder in folders_of_nobody(model, owner_id):
            storage.delete_folder(folder)
        root = f"{model.ROOT}/{owner_id}"
        if storage.exists(root) and not storage.listdir(root)[0]:
            storage.delete_folder(root)
