"""Reads: how far the embedding of anchors is, and what a candidate model would change."""

from dataclasses import dataclass

from django.db.models import Count, Q

from .. import engine
from ..comparisons.models import Verification
from ..gallery.models import Anchor
from .models import ModelPreview, PreviewedVerdict

State = Anchor.State


@dataclass(frozen=True)
class Progress:
    """Anchors by what the model in use has made of them."""

    total: int
    ready: int  # embedded by the model in use
    waiting: int  # to be embedded, or embedded by another model
    unusable: int  # refused or failed

    @property
    def is_complete(self) -> bool:
        return not self.waiting


def progress(*, owner=None) -> Progress:
    """Of one owner's anchors, or of everyone's. Raises ArtifactError."""
    model = engine.model_identity().sha256
    anchors = Anchor.objects.all() if owner is None else Anchor.objects.filter(owner=owner)
    ready, others = Q(state=State.READY, model_sha256=model), Q(state=State.READY)
    found = anchors.order_by().aggregate(
        total=Count("pk"),
        ready=Count("pk", filter=ready),
        waiting=Count(
            "pk",
            filter=Q(state__in=(State.PENDING, State.RUNNING)) | (others & ~Q(model_sha256=model)),
        ),
        unusable=Count("pk", filter=Q(state__in=(State.REFUSED, State.FAILED))),
    )
    return Progress(**found)


def anchors_of_others(model_sha256: str) -> int:
    """How many embedded anchors another model than this one has embedded."""
    return Anchor.objects.filter(state=State.READY).exclude(model_sha256=model_sha256).count()


def verdicts_by_model(*, owner) -> list[dict]:
    """{model_name, model_version, model_sha256, count} of the owner's verdicts, most first."""
    done = Verification.objects.filter(owner=owner, state=Verification.State.DONE)
    rows = done.order_by().values("model_name", "model_version", "model_sha256")
    counted = rows.annotate(count=Count("pk")).order_by("-count", "model_sha256")
    return [dict(row) for row in counted]


def last_preview(*, owner) -> tuple[ModelPreview, list[PreviewedVerdict]] | None:
    """The newest finished preview that looked at a verdict of the owner's, and what it says of
    theirs."""
    theirs = PreviewedVerdict.objects.filter(verification__owner=owner)
    made = (
        ModelPreview.objects.filter(finished_at__isnull=False, verdicts__in=theirs)
        .order_by("-created_at")
        .first()
    )
    if made is None:
        return None
    return made, list(theirs.filter(preview=made).select_related("verification"))
