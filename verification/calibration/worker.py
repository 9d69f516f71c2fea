"""Measuring a gallery, in a worker."""

import numpy as np

from .. import engine
from ..gallery.embeddings import decrypt_embedding
from ..gallery.worker import all_of_this_model
from ..jobs.claims import Claim, end_refused
from ..jobs.refusals import Refusal
from ..text.sentences import sentence
from .models import GalleryCalibration
from .selectors import embeddings_of, gallery_size

ADD_PEOPLE = sentence("Add people and photos.")


def measure_gallery(claim: Claim) -> bool:
    """Compare the gallery's photos with each other, once the model in use has embedded them all."""
    row = claim.row
    if not all_of_this_model(claim, row.gallery_id):
        return False
    size = gallery_size(gallery=row.gallery_id)
    if not size.is_enough:  # photos were deleted in the meantime
        return end_refused(claim, Refusal("gallery_too_small", size.in_english, ADD_PEOPLE))
    model = engine.served_model()
    stored = list(embeddings_of(gallery_id=row.gallery_id, model_sha256=model.sha256))
    _, people = np.unique([str(person) for person, _e in stored], return_inverse=True)
    embeddings = np.stack([decrypt_embedding(embedding) for _p, embedding in stored])
    return claim.end(
        GalleryCalibration.State.DONE,
        result=engine.measure_gallery(embeddings, people),
        model_name=model.name,
        model_version=model.version,
        model_sha256=model.sha256,
    )
