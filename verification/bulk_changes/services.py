"""Writes that an owner asks for: order a change of many people, stop it, go on with it, undo it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit.actions import Action as Audited
from accounts.audit.services import record
from accounts.models import User

from ..gallery import selection
from ..gallery.fields import person_fields
from ..gallery.gallery_models import Gallery, Role
from ..gallery.locks import slices
from ..gallery.models import Change, Person
from ..gallery.selection import Chosen
from ..gallery.selectors import person_list
from ..jobs.claims import UNCLAIMED
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, as_new
from ..retention.erased import ACCOUNT, digest_of
from ..retention.models import Receipt
from ..retention.receipts import receipt_add
from .models import ID_BYTES, BulkChange, packed

Action = BulkChange.Action
CONSENT = ("consent_given_by", "consent_at", "consent_for", "consent_until")
AT_ONCE: dict[str, int] = {
    Action.TAG: selection.MOST_TAGGED,
    Action.UNTAG: selection.MOST_TAGGED,
    Action.MOVE: selection.MOST_MOVED,
    Action.COPY: selection.MOST_COPIED,
    Action.DELETE: selection.MOST_DELETED,
}
AUDITED = {Action.DELETE: Audited.DELETED, Action.ERASE: Audited.ERASED}


def role_for(action: str) -> Role:
    """The role that somebody needs in a gallery to do this with its people."""
    if action == Action.ERASE:
        return Role.OWNER
    return Role.VIEWER if action == Action.COPY else Role.EDITOR


def are_many(*, owner: User, chosen: Chosen, action: str) -> bool:
    """Whether these are too many to be changed while somebody waits."""
    most = AT_ONCE.get(action)
    if most is None or not (chosen.everyone or len(chosen.ids) > most):
        return False
    return people_meant(owner=owner, chosen=chosen, action=action)[: most + 1].count() > most


def number_of(*, owner: User, chosen: Chosen, action: str) -> int:
    """How many people are meant. Raises ActionNotAllowed if there is nobody."""
    return _some(people_meant(owner=owner, chosen=chosen, action=action).count())


def bulk_change_order(
    *,
    owner: User,
    chosen: Chosen,
    action: str,
    tag: str = "",
    to: Gallery | None = None,
    consent: dict[str, Any] | None = None,
) -> BulkChange:
    """Have a worker do this with everybody who is found now. Raises ActionNotAllowed if there is nobody,
    ValidationError for a bad tag or consent."""
    job = BulkChange(owner=owner, action=action, to=to)
    job.gallery_id = chosen.gallery.pk if chosen.gallery else owner.bound_gallery
    if action in (Action.TAG, Action.UNTAG):
        job.tag = selection.checked_tag(tag)
    if action in (Action.MOVE, Action.COPY) and to is None:
        raise ActionNotAllowed(gettext("Choose the gallery that gets them."))
    if action == Action.CONSENT:
        job.consent = _checked_consent(consent or {})
    with transaction.atomic():
        people = people_meant(owner=owner, chosen=chosen, action=action).order_by()
        accounts = people.values_list("owner_id").annotate(number=Count("pk"))
        job.ids = packed(people.values_list("pk", flat=True).iterator(chunk_size=5_000))
        job.total = _some(len(job.ids) // ID_BYTES)
        job.save(force_insert=True)
        for account, number in accounts:
            record(
                action=AUDITED.get(Action(action), Audited.CHANGED),
                object=job,
                account=account,
                actor=owner.pk,
                what=action,
                people=number,
            )
        enqueue(job)
    return job


def bulk_change_stop(*, job: BulkChange) -> BulkChange:
    """End it where it is; what is done stays done. Raises ActionNotAllowed when it has ended."""
    with transaction.atomic():
        rows = BulkChange.objects.select_for_update().filter(pk=job.pk)
        row = rows.filter(state__in=(PENDING, RUNNING)).first()
        if row is None:
            raise ActionNotAllowed(gettext("This has ended already."))
        ending = ending_of(row)
        rows.update(
            state=BulkChange.State.DONE, finished_at=Now(), is_stopped=True, **ending, **UNCLAIMED
        )
    job.refresh_from_db()
    return job


def bulk_change_go_on(*, job: BulkChange) -> BulkChange:
    """Go on with one that failed, or for which there was no room. Raises ActionNotAllowed."""
    return _run_again(job, BulkChange.can_go_on.fget)  # type: ignore[attr-defined]


def bulk_change_undo(*, job: BulkChange) -> BulkChange:
    """Bring back those whom it has deleted. Raises ActionNotAllowed when the time for it is over."""
    return _run_again(
        job,
        BulkChange.can_undo.fget,  # type: ignore[attr-defined]
        is_undoing=True,
        is_stopped=False,
        done=0,
        ids=b"",
    )


def bulk_change_delete(*, job: BulkChange) -> None:
    """Forget one that has ended; what it did stays. Raises ActionNotAllowed for one under way."""
    deleted, _by_model = BulkChange.objects.filter(pk=job.pk, finished_at__isnull=False).delete()
    if not deleted:
        raise ActionNotAllowed(gettext("Stop it first."))


def ending_of(job: BulkChange) -> dict[str, Any]:
    """The columns to be written when it ends for good, in that transaction: the time to undo it begins,
    and what was erased has its receipt, one for each account that it belonged to."""
    renew_undo(job)
    columns: dict[str, Any] = {"ids": b""}
    if job.action == Action.ERASE and not job.receipt:
        for account, counts in job.counts.items():
            made = receipt_add(owner_id=UUID(account), reason=Receipt.Reason.REQUEST, counts=counts)
            if "receipt" not in columns or made.account == digest_of(ACCOUNT, job.owner_id):
                columns["receipt"] = made.pk
    return columns


def renew_undo(job: BulkChange) -> None:
    """Let all that it has deleted stay to be brought back for as long as what it deleted last."""
    if job.action == Action.DELETE and not job.is_undoing:
        Change.objects.filter(bulk=job.pk).update(created_at=timezone.now())


def _run_again(job: BulkChange, may: Any, **changes: Any) -> BulkChange:
    with transaction.atomic():
        row = BulkChange.objects.select_for_update().filter(pk=job.pk).first()
        if row is None or not may(row):
            raise ActionNotAllowed(
                gettext("The state has changed in the meantime. Reload the page.")
            )
        if changes:
            record(action=Audited.RESTORED, object=row, account=row.owner_id, actor=row.owner_id)
        BulkChange.objects.filter(pk=job.pk).update(**as_new() | changes)
        job.refresh_from_db()
        enqueue(job)
    return job


def people_meant(*, owner: User, chosen: Chosen, action: str) -> QuerySet[Person]:
    """The people whom somebody has chosen, as far as their role allows this."""
    role = role_for(action)
    if chosen.everyone:
        return person_list(
            owner=owner, role=role, gallery=chosen.gallery, q=chosen.q, tag=chosen.tag
        )
    found: set[UUID] = set()
    for part in slices(list(chosen.ids)):
        rows = person_list(owner=owner, role=role).filter(pk__in=part).order_by()
        found.update(rows.values_list("pk", flat=True))
    return Person.objects.filter(pk__in=found)


def _some(number: int) -> int:
    if not number:
        raise ActionNotAllowed(gettext("Select at least one person."))
    return number


def _checked_consent(consent: dict[str, Any]) -> dict[str, Any]:
    """As it is stored with the order: days as text."""
    clean = person_fields({name: consent[name] for name in CONSENT if consent.get(name)})
    if not clean:
        raise ValidationError(gettext("Say who agreed, when, to what or until when."))
    at, until = clean.get("consent_at"), clean.get("consent_until")
    if at and until and until < at:
        raise ValidationError(
            {"consent_until": gettext("Choose a day that is not before the consent.")}
        )
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in clean.items()}
