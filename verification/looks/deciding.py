"""Numbers against numbers: nothing is looked at, only decided."""

from uuid import UUID

import numpy as np

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..gallery.embeddings import decrypt_embedding
from ..gallery.models import Anchor
from ..jobs.claims import Claim, end_refused
from ..jobs.refusals import Refusal
from ..text.sentences import sentence
from .models import Look
from .told import Answer, Options, told_decision, told_model

NOT_READY = Refusal(
    "photo_not_ready",
    sentence("The photo's face has not been found yet, or cannot be compared with this model."),
    sentence("Look at the photo, or try again in a moment."),
)


def numbers(claim: Claim[Look], _photos: list[bytes], options: Options) -> Answer | None:
    """Options: source: an embedding, or anchor: the id of a photo of a gallery; targets: embeddings;
    false_match_rate.

    `decisions`: of each target in order, with `probability`, `similarity` and `outcome`.
    """
    model = engine.served_model()
    if "anchor" in options:
        ready = Anchor.objects.filter(pk=UUID(options["anchor"]), state=Anchor.State.READY)
        stored = ready.filter(model_sha256=model.sha256).values_list("embedding", flat=True).first()
        if stored is None:
            end_refused(claim, NOT_READY)
            return None
        source = decrypt_embedding(stored)
    else:
        source = np.asarray(options["source"], np.float32)
    own = thresholds_of(claim.row.owner_id)
    decisions = [
        engine.compare_faces(
            engine.ComparableFace(source, ()),
            engine.ComparableFace(np.asarray(target, np.float32), ()),
            false_match_rate=options.get("false_match_rate") or 1e-3,
            thresholds=own,
        )
        for target in options["targets"]
    ]
    return {"decisions": [told_decision(one) for one in decisions]} | told_model(model, {})
