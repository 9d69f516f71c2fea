"""A verdict that is not stored: of two photos, or of a photo and a person of the gallery."""

from typing import Any
from uuid import UUID

import numpy as np

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..comparisons.kinds.person import CONSENT_ENDED, NO_PHOTO_OF_PERSON, PERSON_DELETED
from ..gallery.embeddings import decrypt_embedding
from ..gallery.models import Anchor, Person
from ..gallery.worker import PAUSE, embed_again, hurry, of_other_models, under_way
from ..jobs.claims import Claim, end_refused, requeue
from .models import Look


def verify(
    claim: Claim[Look], photos: list[bytes], options: dict[str, Any]
) -> dict[str, Any] | None:
    """Options: false_match_rate, probe_face, reference_face; person: an id, in place of a second photo;
    gallery_id, whose thresholds decide.

    The members are those of a verification in the API.
    """
    rate = options.get("false_match_rate", 1e-3)
    own = thresholds_in(claim.row, options)
    probe_face = options.get("probe_face")
    if "person" not in options:
        verdict = engine.compare(
            *photos,
            false_match_rate=rate,
            probe_face=probe_face,
            reference_face=options.get("reference_face"),
            thresholds=own,
        )
        return _told(verdict)
    anchors = _anchors(claim, options["person"])
    if anchors is None:
        return None
    of_person = engine.compare_with_person(
        photos[0],
        np.stack(list(anchors.values())),
        false_match_rate=rate,
        face_index=probe_face,
        thresholds=own,
    )
    scores = [
        {"anchor_id": pk, "similarity": similarity}
        for pk, similarity in zip(anchors, of_person.similarities, strict=True)
    ]
    return _told(of_person) | {"anchor_scores": scores}


def thresholds_in(row: Look, options: dict[str, Any]) -> engine.OwnThresholds:
    """Those of the gallery that the options name, else of the owner's default one."""
    named = options.get("gallery_id")
    return thresholds_of(row.owner_id, UUID(named) if named else None)


def _anchors(claim: Claim[Look], person: str) -> dict[str, np.ndarray] | None:
    """The person's embeddings by anchor; None once the claim has been refused or given back."""
    row = Person.objects.filter(pk=UUID(person)).first()
    reason = PERSON_DELETED if row is None else CONSENT_ENDED if row.consent_is_over else None
    if reason is not None:
        end_refused(claim, reason)
        return None
    model = engine.served_model().sha256
    anchors = Anchor.objects.filter(person_id=UUID(person))
    if embed_again(of_other_models(anchors, model)) or under_way(anchors):
        hurry(anchors, again=claim.row.due_at is not None)
        requeue(claim, countdown=PAUSE)
        return None
    ready = anchors.filter(state=Anchor.State.READY, model_sha256=model)
    stored = ready.values_list("pk", "embedding")
    found = {str(pk): decrypt_embedding(embedding) for pk, embedding in stored}
    if not found:
        end_refused(claim, NO_PHOTO_OF_PERSON)
    return found or None


def _told(verdict: engine.Verdict) -> dict[str, Any]:
    decision = verdict.decision
    return {
        "outcome": decision.outcome,
        "similarity": decision.similarity,
        "confidence": decision.confidence,
        "probability": decision.probability,
        "leaning": decision.leaning,
        "threshold": decision.threshold,
        "band": vars(decision.band),
        "false_match_rate": decision.false_match_rate,
        "model": vars(verdict.model),
        "faces": verdict.faces,
        "timings": verdict.timings,
        "calibration": dict(verdict.calibration) or None,
    }
