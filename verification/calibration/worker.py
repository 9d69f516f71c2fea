"""What a worker does: measure the gallery of an owner."""

import numpy as np

from .. import engine
from ..gallery.templates_cache import unseal
from ..gallery.worker import all_of_this_model
from ..jobs.claims import Claim, end_refused
from ..jobs.refusals import Refusal
from .models import GalleryCalibration
from .selectors import embeddings_of, enough


def measure_gallery(claim: Claim) -> bool:
    """Score the gallery's photos with each other, once all are embedded by the model in use."""
    row = claim.row
    if not all_of_this_model(claim):
        return False
    found = enough(owner=row.owner_id)
    if not found.is_enough:  # photos were deleted meanwhile
        return end_refused(
            claim, Refusal("gallery_too_small", found.words, "Add people and photos.")
        )
    model = engine.get_verifier().model
    stored = list(embeddings_of(owner=row.owner_id, model_sha256=model["sha256"]))
    _, people = np.unique([str(person) for person, _e in stored], return_inverse=True)
    embeddings = np.stack([unseal(embedding) for _p, embedding in stored])
    return claim.end(
        GalleryCalibration.State.DONE,
        result=engine.measure_gallery(embeddings, people),
        model_name=model["name"],
        model_version=model["version"],
        model_sha256=model["sha256"],
    )
