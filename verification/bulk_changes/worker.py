"""What a worker does with many people, in turns of some seconds, so that other jobs get theirs."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from faceverify.api.errors import QuotaExceeded

from ..gallery import galleries, selection
from ..gallery.access import galleries_for, people_for
from ..gallery.changes import people_delete_at_once
from ..gallery.gallery_models import Gallery, Role
from ..gallery.locks import lock
from ..gallery.models import Change, Person
from ..gallery.undo import people_put_back
from ..jobs.claims import Claim, end_refused, renew, requeue
from ..jobs.refusals import Refusal
from ..jobs.services import ActionNotAllowed
from ..retention.people import person_erase
from ..text.sentences import sentence
from .models import ID_BYTES, BulkChange, packed, unpacked
from .services import ending_of, renew_undo, role_for

TURN = 10.0  # seconds before the queue's next task has its turn
SHOWN = 20  # people with whom it could not be done, by id
NO_TARGET = sentence("The gallery that should get them is gone, or you may not change it any more.")
ORDER_AGAIN = sentence("Choose another gallery.")
THEN_GO_ON = sentence("%(remedy)s Then go on.")
# Why somebody is left: told by words.WHY.
FULL, TAKEN, UNREADABLE, ANOTHER_ACCOUNT = "full", "taken", "unreadable", "another_account"

Action = BulkChange.Action


class ClaimLost(Exception):
    """Somebody else carries the order out, or it was stopped."""


class TargetGone(Exception):
    """There is no gallery any more that could get the people."""


@dataclass
class Outcome:
    """What became of a portion: how many people were changed, and who could not be, with why."""

    changed: int
    left: list[tuple[UUID, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # what was erased
    account: UUID | None = None  # whose that was


def carry_on(claim: Claim[BulkChange]) -> bool:
    """One turn; True when the order has ended."""
    job, started = claim.row, time.monotonic()
    step = _undo_step if job.is_undoing else _step
    if job.is_undoing and not job.ids and not _changes_named(claim):
        return False
    end = len(job.ids) // ID_BYTES if job.is_undoing else job.total
    try:
        while job.done < end:
            if time.monotonic() > started + TURN:
                renew_undo(job)
                requeue(claim, countdown=0, progress=True)
                return False
            step(claim)
        with transaction.atomic():
            return claim.end(BulkChange.State.DONE, **ending_of(job))
    except ClaimLost:
        return False
    except QuotaExceeded as error:
        remedy = THEN_GO_ON % {"remedy": error.remedy}
        return end_refused(claim, Refusal("quota_exceeded", str(error.detail), remedy))
    except TargetGone:
        return end_refused(claim, Refusal("gallery_gone", NO_TARGET, ORDER_AGAIN))


def _step(claim: Claim[BulkChange]) -> None:
    """The next portion; where it cannot be done with all of them, with each by itself."""
    job = claim.row
    do, size = DOES[Action(job.action)]
    ids = unpacked(job.ids, job.done, size)
    try:
        _portion(claim, ids, do)
    except (ActionNotAllowed, ValidationError, IntegrityError):
        for id in ids:
            try:
                _portion(claim, [id], do)
            except ActionNotAllowed:
                why = UNREADABLE if job.action == Action.COPY else ANOTHER_ACCOUNT
                _portion(claim, [id], _leave(id, why))
            except (ValidationError, IntegrityError):
                _portion(claim, [id], _leave(id, TAKEN))


def _leave(id: UUID, why: str) -> "Doing":
    return lambda _job, _people: Outcome(0, [(id, why)])


def _portion(claim: Claim[BulkChange], ids: Sequence[UUID], do: "Doing") -> None:
    """Somebody who is gone meanwhile, or whom the owner may not change any more, is passed over."""
    job = claim.row
    with transaction.atomic():
        people = list(people_for(job.owner, role_for(job.action)).filter(pk__in=ids).order_by("pk"))
        outcome = do(job, people) if people else Outcome(0)
        counts = dict(job.counts)
        if outcome.account is not None:
            account = str(outcome.account)
            counts[account] = dict(Counter(counts.get(account, {})) + Counter(outcome.counts))
        noted = _noted(
            claim, len(ids), outcome, changed=F("changed") + outcome.changed, counts=counts
        )
    noted()


def _noted(
    claim: Claim[BulkChange], number: int, outcome: Outcome, **columns: Any
) -> Callable[[], None]:
    """Write down the progress, in the transaction that makes it; what is to be done as soon as that is
    committed. Raises ClaimLost, which undoes both."""
    job = claim.row
    left = [{"person": str(id), "why": why} for id, why in outcome.left]
    columns |= {"done": job.done + number, "left": (job.left + left)[:SHOWN]}
    if not renew(claim, left_count=F("left_count") + len(left), **columns):
        raise ClaimLost

    def noted() -> None:
        for name in ("done", "left", "counts"):
            setattr(job, name, columns.get(name, getattr(job, name)))

    return noted


def _changes_named(claim: Claim[BulkChange]) -> bool:
    """Note what is to be undone before the first of it is, so that nothing is left out where one of
    the changes is erased meanwhile; False when the claim was lost."""
    job = claim.row
    changes = Change.objects.filter(bulk=job).order_by("id").values_list("pk", flat=True)
    job.ids = packed(changes)
    return renew(claim, ids=job.ids)


def _undo_step(claim: Claim[BulkChange]) -> None:
    """Bring back the people of the next change; where somebody cannot be, the others."""
    job = claim.row
    next_change = unpacked(job.ids, job.done, 1)
    with transaction.atomic():
        rows = Change.objects.select_for_update(of=("self",)).filter(pk__in=next_change)
        outcome = Outcome(0)
        for change in rows.filter(undone_at=None):
            if galleries_for(job.owner, Role.EDITOR).filter(pk=change.gallery_id).exists():
                outcome = _put_back(change)
        noted = _noted(claim, 1, outcome, undone=F("undone") + outcome.changed)
    noted()


def _put_back(change: Change) -> Outcome:
    outcome = Outcome(0)
    try:
        with transaction.atomic():
            outcome.changed = len(people_put_back(change))
    except IntegrityError:
        for id in map(UUID, change.payload["people"]):
            try:
                with transaction.atomic():
                    outcome.changed += len(people_put_back(change, [id]))
            except IntegrityError:
                outcome.left.append((id, TAKEN))
    if not outcome.left:
        change.undone_at = timezone.now()
        change.save(update_fields=["undone_at"])
    return outcome


def _tag(job: BulkChange, people: list[Person]) -> Outcome:
    done = selection.people_tag(owner=job.owner, people=people, tag=job.tag)
    full = []
    if done.full:
        rows = Person.objects.filter(pk__in=[person.pk for person in people])
        full = [pk for pk, tags in rows.values_list("pk", "tags") if job.tag not in tags]
    return Outcome(done.changed, [(pk, FULL) for pk in full])


def _untag(job: BulkChange, people: list[Person]) -> Outcome:
    return Outcome(selection.people_untag(owner=job.owner, people=people, tag=job.tag))


def _move(job: BulkChange, people: list[Person]) -> Outcome:
    return Outcome(galleries.move_people(people=people, gallery=_target(job)))


def _copy(job: BulkChange, people: list[Person]) -> Outcome:
    return Outcome(len(galleries.copy_people(people=people, gallery=_target(job))))


def _target(job: BulkChange) -> Gallery:
    mine = galleries_for(job.owner, Role.EDITOR)
    gallery = mine.filter(pk=job.to_id).first() if job.to_id else None
    if gallery is None:
        raise TargetGone
    return gallery


def _consent(job: BulkChange, people: list[Person]) -> Outcome:
    found = lock(*(person.pk for person in people))
    columns = {
        name: date.fromisoformat(value) if name in ("consent_at", "consent_until") else value
        for name, value in job.consent.items()
    }
    rows = Person.objects.filter(pk__in=list(found))
    return Outcome(rows.update(updated_at=timezone.now(), **columns))


def _delete(job: BulkChange, people: list[Person]) -> Outcome:
    changes = people_delete_at_once(people=[person.pk for person in people], bulk=job.pk)
    return Outcome(sum(len(change.payload["people"]) for change in changes))


def _erase(job: BulkChange, people: list[Person]) -> Outcome:
    (person,) = people
    counts = person_erase(person=person, is_one_of_many=True)
    return Outcome(1, counts=counts, account=person.owner_id)


Doing = Callable[[BulkChange, list[Person]], Outcome]
# What is done, and with how many people in one transaction.
DOES: dict[Action, tuple[Doing, int]] = {
    Action.TAG: (_tag, 500),
    Action.UNTAG: (_untag, 500),
    Action.MOVE: (_move, 200),
    Action.COPY: (_copy, 1),
    Action.CONSENT: (_consent, 500),
    Action.DELETE: (_delete, 200),
    Action.ERASE: (_erase, 1),
}
