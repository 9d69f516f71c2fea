"""Explaining a verdict, in a worker."""

from .. import engine
from ..gallery.worker import read
from ..jobs.claims import Claim, end_refused
from ..jobs.refusals import Refusal
from ..text.sentences import sentence
from .models import Explanation
from .services import ANOTHER_MODEL

MODEL_CHANGED = Refusal("model_changed", ANOTHER_MODEL, sentence("Compare the photos again."))


def explain(claim: Claim[Explanation]) -> bool:
    verdict = claim.row.verification
    if engine.served_model().sha256 != verdict.model_sha256:
        return end_refused(claim, MODEL_CHANGED)
    found = engine.explain(
        read(verdict.probe_image),
        read(verdict.reference_image),
        probe_face=verdict.probe_face,
        reference_face=verdict.reference_face,
    )
    return claim.end(
        Explanation.State.DONE,
        result={role: vars(one) for role, one in found.maps.items()},
        model_sha256=found.model.sha256,
    )
