"""What a worker writes: claim a row, end its run, give back what was lost.

Each change of state is one conditional UPDATE whose row count says whether it was ours to make.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db.models import F, QuerySet
from django.utils import timezone

from .. import engine
from ..queue import send
from .models import Verification, Worker

State = Verification.State
CROPS = ("probe", "reference")
RESEND_AT_ONCE = 100
RESEND_AT_START = 10_000
WORKER_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Claim:
    """The right to end one run of one verification."""

    verification: Verification
    token: UUID

    def end(self, state: str, **values) -> bool:
        """Move the row to a finished state; False when the claim was lost, and nothing is written."""
        return bool(
            Verification.objects.filter(
                pk=self.verification.pk, state=State.RUNNING, claim_token=self.token
            ).update(
                state=state,
                finished_at=timezone.now(),
                claim_token=None,
                claimed_by=None,
                lease_expires_at=None,
                **values,
            )
        )


def claim(*, pk, worker: UUID | None) -> Claim | None:
    """Take a pending row; None when it is gone, taken, or finished."""
    token, now = uuid4(), timezone.now()
    taken = Verification.objects.filter(pk=pk, state=State.PENDING).update(
        state=State.RUNNING,
        claim_token=token,
        claimed_by=worker,
        lease_expires_at=now + timedelta(seconds=settings.FACEVERIFY_LEASE_SECONDS),
        started_at=now,
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    verification = Verification.objects.filter(pk=pk, claim_token=token).first()
    return Claim(verification, token) if verification else None


def end_done(claim: Claim, verdict) -> bool:
    """Store a verdict and its crops."""
    row = claim.verification
    told = verdict.to_dict()
    for which in CROPS:
        file = ContentFile(engine.jpeg(verdict.crops[which]))
        getattr(row, f"{which}_crop").save(which, file, save=False)
    written = claim.end(
        State.DONE,
        outcome=told["outcome"],
        similarity=told["similarity"],
        confidence=told["confidence"],
        probability=told["probability"],
        threshold=told["threshold"],
        band_low=told["band"]["low"],
        band_high=told["band"]["high"],
        model_name=told["model"]["name"],
        model_version=told["model"]["version"],
        model_sha256=told["model"]["sha256"],
        faces=told["faces"],
        timings=told["timings"],
        probe_crop=row.probe_crop.name,
        reference_crop=row.reference_crop.name,
    )
    if not written:
        _forget_crops(row)
    return written


def end_refused(claim: Claim, refusal: engine.ImageRefused) -> bool:
    return claim.end(
        State.REFUSED,
        refusal_code=refusal.code,
        refusal_detail=refusal.detail,
        refusal_remedy=refusal.remedy,
        refusal_which=refusal.which or "",
        refusal_faces=list(refusal.faces),
    )


def end_failed(claim: Claim, code: str) -> bool:
    return claim.end(State.FAILED, failure_code=code)


def give_back(claim: Claim, code: str, *, countdown: float) -> None:
    """After a passing error: pending again, or failed with `code` when the tries are used up."""
    _release(
        Verification.objects.filter(pk=claim.verification.pk, claim_token=claim.token),
        code,
        countdown=countdown,
    )


def release_of_workers(ids: list[UUID]) -> int:
    """Give back what workers that are no more had claimed."""
    return _release(Verification.objects.filter(claimed_by__in=ids), "worker_lost")


def release_one(*, pk, worker: UUID, code: str) -> int:
    """Give back a row whose process died while its worker lives on."""
    return _release(Verification.objects.filter(pk=pk, claimed_by=worker), code)


def release_expired() -> int:
    """Give back the rows whose lease has run out."""
    return _release(Verification.objects.filter(lease_expires_at__lt=timezone.now()), "worker_lost")


def resend_pending(*, everything: bool = False) -> int:
    """Queue again the pending rows that no worker took for a while, oldest first.

    The queue may have lost them, or never had them. A row still queued is then queued twice,
    which costs a claim that fails; so only a few are sent at a time.
    """
    waiting = Verification.objects.filter(state=State.PENDING).order_by("enqueued_at")
    if not everything:
        before = timezone.now() - timedelta(seconds=settings.FACEVERIFY_REQUEUE_SECONDS)
        waiting = waiting.filter(enqueued_at__lt=before)
    limit = RESEND_AT_START if everything else RESEND_AT_ONCE
    sent = 0
    for pk, since in waiting.values_list("pk", "enqueued_at")[:limit]:
        ours = Verification.objects.filter(pk=pk, state=State.PENDING, enqueued_at=since).update(
            enqueued_at=timezone.now()
        )
        if ours:
            sent += 1
            if not send(pk):
                break
    return sent


def worker_start(*, id: UUID, name: str) -> None:
    """Make this worker known. An earlier one of the same name is dead: what it had claimed
    goes back at once, without waiting for the leases."""
    former = list(Worker.objects.filter(name=name).exclude(pk=id).values_list("pk", flat=True))
    release_of_workers(former)
    Worker.objects.filter(pk__in=former).delete()
    worker_seen(id=id, name=name)


def worker_seen(*, id: UUID, name: str) -> None:
    now = timezone.now()
    Worker.objects.update_or_create(pk=id, defaults={"name": name, "seen_at": now})
    Worker.objects.filter(seen_at__lt=now - WORKER_KEPT).delete()


def worker_stop(*, id: UUID) -> None:
    """A worker that ends gives back what it could not finish."""
    release_of_workers([id])
    Worker.objects.filter(pk=id).delete()


def _release(rows: QuerySet[Verification], code: str, *, countdown: float = 0) -> int:
    """Running rows back to pending, or to failed when they had all their tries."""
    released = 0
    free = {"claim_token": None, "claimed_by": None, "lease_expires_at": None}
    lost = rows.filter(state=State.RUNNING).values_list("pk", "claim_token", "attempts")
    for pk, token, attempts in list(lost):
        row = Verification.objects.filter(pk=pk, state=State.RUNNING, claim_token=token)
        if attempts >= settings.FACEVERIFY_TRIES:
            now = timezone.now()
            released += row.update(state=State.FAILED, failure_code=code, finished_at=now, **free)
        elif row.update(state=State.PENDING, enqueued_at=timezone.now(), **free):
            released += 1
            send(pk, countdown)
    return released


def _forget_crops(row: Verification) -> None:
    """Delete the crops of a run that came too late; the whole folder if the row is gone."""
    if not Verification.objects.filter(pk=row.pk).exists():
        row.delete_files()
        return
    for which in CROPS:
        getattr(row, f"{which}_crop").delete(save=False)
