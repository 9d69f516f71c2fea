"""Reads: how far the embedding of anchors is, and what a candidate model would change."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet

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
    # By account as well: so they are counted in an index, in its order.
    kinds = anchors.order_by().values_list("owner", "state", "model_sha256", "is_numbers")
    found = Counter[str]()
    for _owner, state, made_by, is_numbers, number in kinds.annotate(number=Count("*")):
        found[_progress_of(state, made_by == model, is_numbers)] += number
    counts = {name: found[name] for name in ("ready", "waiting", "unusable")}
    return Progress(total=sum(counts.values()), lost=found["lost"], **counts)


def _progress_of(state: str, is_current: bool, is_numbers: bool) -> str:
    """What anchors in a state count as in Progress."""
    if state in (State.REFUSED, State.FAILED):
        return "unusable"
    if state == State.READY and is_current:
        return "ready"
    return "lost" if state == State.READY and is_numbers else "waiting"


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
