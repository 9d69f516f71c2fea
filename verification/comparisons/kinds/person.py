"""Compare a photo with all photos of a person of the gallery."""

import numpy as np
from django.core.files.base import ContentFile

from ... import engine
from ...calibration.own_thresholds import Thresholds, thresholds_of
from ...gallery.models import Anchor, Person
from ...gallery.templates_cache import decrypt_embedding
from ...gallery.worker import PAUSE, embed_again, of_other_models, read, under_way
from ...jobs.claims import Claim, end_refused, requeue
from ...jobs.files import delete_run_files, delete_stale_files
from ...jobs.refusals import Refusal
from ..models import Verification

PERSON_DELETED = Refusal(
    "person_deleted",
    "The person was deleted from the gallery before the photo was compared.",
    "Choose another person.",
)


NO_PHOTO_OF_PERSON = Refusal(
    "person_without_photos",
    "None of the person's photos can be used.",
    "Add a photo that shows the person's face clearly.",
)


def verify_person(claim: Claim) -> bool:
    """Compare a probe with all ready anchors of a person, once none of them is under way."""
    row = claim.row
    if not Person.objects.filter(pk=row.person_id).exists():
        return end_refused(claim, PERSON_DELETED)
    model = engine.get_verifier().model["sha256"]
    theirs = Anchor.objects.filter(person_id=row.person_id)
    if embed_again(of_other_models(theirs, model)) or under_way(theirs):
        requeue(claim, countdown=PAUSE)
        return False
    anchors = theirs.filter(state=Anchor.State.READY, model_sha256=model)
    stored = list(anchors.values_list("pk", "embedding"))
    if not stored:
        return _end_without_anchors(claim)
    probe = look_at_probe(row)
    own = thresholds_of(row.owner_id)
    gallery = engine.gallery(own.shifts).under(probe.conditions)
    verdict = gallery.decide(
        probe.embedding, np.stack([decrypt_embedding(e) for _pk, e in stored]), row.false_match_rate
    )
    scores = [
        {"anchor_id": str(pk), "similarity": round(similarity, 6)}
        for (pk, _e), similarity in zip(stored, verdict.anchor_similarities, strict=True)
    ]
    return end_alone(
        claim,
        probe,
        verdict.decision,
        own,
        only_if={"person": row.person_id},
        anchor_scores=scores,
    )


def look_at_probe(row: Verification) -> engine.Look:
    """The face in a verification's photo. A refusal says that it is this photo's."""
    try:
        return engine.look(read(row.probe_image), face_index=row.probe_face)
    except engine.ImageRefused as refusal:
        refusal.which = "probe"
        raise


def end_alone(
    claim: Claim, probe: engine.Look, decision, own: Thresholds, *, only_if=None, **values
) -> bool:
    """Store a verdict on one photo, with its crop and the thresholds that decided."""
    row = claim.row
    row.probe_crop.save("probe_crop", ContentFile(engine.jpeg(probe.crop)), save=False)
    low, high = decision.band
    written = claim.end(
        Verification.State.DONE,
        only_if=only_if,
        outcome=decision.outcome,
        similarity=round(decision.similarity, 6),
        confidence=round(decision.confidence, 6),
        probability=round(decision.probability, 6),
        threshold=round(decision.threshold, 6),
        band_low=round(low, 6),
        band_high=round(high, 6),
        model_name=probe.model["name"],
        model_version=probe.model["version"],
        model_sha256=probe.model["sha256"],
        faces={"probe": probe.face},
        timings=probe.timings,
        probe_crop=row.probe_crop.name,
        probe_crop_bytes=row.probe_crop_bytes,
        calibration=own.note,
        **values,
    )
    if not written:
        delete_run_files(row)
        if claim.held.filter(person=None, kind=Verification.Kind.PERSON).exists():
            return end_refused(claim, PERSON_DELETED)
        requeue(claim, countdown=0)  # the person was merged into another: once more with all
    elif row.attempts > 1:
        delete_stale_files(row)
    return written


def _end_without_anchors(claim: Claim) -> bool:
    gone = claim.held.filter(person=None).exists()
    return end_refused(claim, PERSON_DELETED if gone else NO_PHOTO_OF_PERSON)
