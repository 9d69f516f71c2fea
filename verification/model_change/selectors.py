"""Reads: how far the embedding of anchors is, and what a candidate model would change."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from .. import engine
from ..comparisons.models import Verification
from ..gallery.models import Anchor
from .models import ModelPreview, PreviewedVerdict

State = Anchor.State


@dataclass(frozen=True)
class Progress:
    """Anchors by what the model in use has made of them; those `lost` are not in the total."""

    total: int
    ready: int  # embedded by the model in use
    waiting: int  # to be embedded, or embedded by another model
    unusable: int  # refused or failed
    lost: int  # embeddings that were sent in, of another model: there is no photo to embed again

    @property
    def is_complete(self) -> bool:
        return not self.waiting


def progress(*, owner=None) -> Progress:
    """Of one owner's anchors, or of everyone's. Raises ArtifactError."""
    model = engine.model_identity().sha256
    anchors = Anchor.objects.all() if owner is None else Anchor.objects.filter(owner=owner)
    ready = Q(state=State.READY, model_sha256=model)
    others = Q(state=State.READY) & ~Q(model_sha256=model)
    lost = others & Q(is_numbers=True)
    found = anchors.order_by().aggregate(
        total=Count("pk", filter=~lost),
        ready=Count("pk", filter=ready),
        waiting=Count(
            "pk",
            filter=Q(state__in=(State.PENDING, State.RUNNING)) | (others & Q(is_numbers=False)),
        ),
        lost=Count("pk", filter=lost),
        unusable=Count("pk", filter=Q(state__in=(State.REFUSED, State.FAILED))),
    )
    return Progress(**found)


def anchors_of_others(model_sha256: str) -> int:
    """How many photos another model than this one has embedded."""
    return _of_others(model_sha256).filter(is_numbers=False).count()


def numbers_of_others(model_sha256: str, *, owner=None) -> QuerySet[Anchor]:
    """The embeddings that programs sent in and that this model cannot compare: of one owner, or of
    everyone."""
    numbers = _of_others(model_sha256).filter(is_numbers=True)
    return numbers if owner is None else numbers.filter(owner=owner)


def _of_others(model_sha256: str) -> QuerySet[Anchor]:
    return Anchor.objects.filter(state=State.READY).exclude(model_sha256=model_sha256)


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
