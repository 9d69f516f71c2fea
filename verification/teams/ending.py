"""What of an account's ends when it may use a gallery no longer, in one transaction with that."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApiKey
from accounts.services import api_keys_revoke
from faceverify.api.models import IdempotentRequest

from ..comparisons.models import Verification
from ..gallery.gallery_models import Gallery
from ..gallery.membership_models import Membership
from ..gallery.models import Anchor, Person
from ..gallery_io.models import GalleryExport, GalleryImport
from ..jobs.claims import UNCLAIMED
from ..jobs.models import PENDING, REFUSED, RUNNING
from ..jobs.refusals import Refusal
from ..jobs.signals import job_finished
from ..jobs.statements import update_returning
from ..live.models import LiveSession
from ..live.services import end_unfinished
from ..text.sentences import sentence

NOT_SHARED = Refusal(
    "gallery_not_shared",
    sentence("The gallery is not shared with this account any more."),
    sentence("Ask an owner of the gallery to invite you again."),
)


def end_access(*, gallery: Gallery, user_id: UUID) -> None:
    """Take away all access: the membership, keys that are bound to the gallery, what is under way, and
    what is kept to be fetched. Verdicts stay: they belong to whoever made them."""
    end_writing(gallery=gallery, user_id=user_id)
    Membership.objects.filter(gallery=gallery, user=user_id).delete()
    api_keys_revoke(keys=ApiKey.objects.filter(owner=user_id, gallery=gallery.pk))
    in_gallery = Q(gallery=gallery) | Q(person__gallery=gallery)
    _end_sessions(in_gallery, user_id)
    _refuse_waiting(in_gallery, user_id)
    _forget_answers(gallery, user_id)


def end_writing(*, gallery: Gallery, user_id: UUID) -> None:
    """End what only an editor may do: imports under way, exports, and photos from a camera."""
    unfinished = GalleryImport.objects.filter(gallery=gallery, owner=user_id)
    unfinished.exclude(state__in=("done", "refused")).delete()
    GalleryExport.objects.filter(gallery=gallery, owner=user_id).delete()
    _end_sessions(Q(person__gallery=gallery, task=LiveSession.Task.ENROL), user_id)


def _end_sessions(condition: Q, user_id: UUID) -> None:
    sessions = LiveSession.objects.filter(condition, owner=user_id, state__in=(PENDING, RUNNING))
    for pk in list(sessions.values_list("pk", flat=True)):
        end_unfinished(pk, NOT_SHARED)


def _refuse_waiting(condition: Q, user_id: UUID) -> None:
    """Comparisons with the gallery that have no verdict yet get none, also those that a worker is at."""
    waiting = Verification.objects.filter(condition, owner=user_id, state__in=(PENDING, RUNNING))
    told: dict[str, Any] = {
        "refusal_code": NOT_SHARED.code,
        "refusal_detail": NOT_SHARED.detail,
        "refusal_remedy": NOT_SHARED.remedy,
    }
    for pk in list(waiting.order_by().values_list("pk", flat=True)):
        row = Verification.objects.filter(pk=pk, state__in=(PENDING, RUNNING))
        for ended in update_returning(row, state=REFUSED, finished_at=Now(), **told, **UNCLAIMED):
            job_finished.send(sender=Verification, pk=pk, row=ended)


def _forget_answers(gallery: Gallery, user_id: UUID) -> None:
    """A request that is repeated must not get an answer of before."""
    kept = IdempotentRequest.objects.filter(owner=user_id)
    for model in (Person, Anchor):
        ids: Any = model.all_objects.filter(gallery=gallery).values("pk")
        found = list(kept.filter(ids__value__in=ids).values_list("pk", flat=True).distinct())
        IdempotentRequest.objects.filter(pk__in=found).delete()
