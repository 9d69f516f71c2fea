"""What a worker does for a gallery: embed an anchor, compare a probe with a person, search."""

from dataclasses import dataclass, field

import numpy as np
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from .. import engine
from ..comparisons.models import Verification
from ..jobs.claims import Claim, end_refused, forget_files, forget_strays, postpone
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import as_new
from .locks import changed, lock, lock_person_of
from .models import Anchor, Person
from .own_thresholds import Thresholds, thresholds_of
from .templates_cache import Templates, person_templates, seal, unseal

CANDIDATES = 10
PAUSE = 0.5  # seconds until a verification looks again whether the anchors are ready


@dataclass(frozen=True)
class Refusal:
    """Why there is nobody to compare with."""

    code: str
    detail: str
    remedy: str
    which: str = ""
    faces: list = field(default_factory=list)


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
GALLERY_EMPTY = Refusal(
    "gallery_empty",
    "Nobody in the gallery has a photo that can be used.",
    "Add people and photos that show their faces clearly.",
)


def embed_anchor(claim: Claim) -> bool:
    """Find, check and embed the face of an anchor, and store it with its crop."""
    anchor = claim.row
    found = engine.look(read(anchor.image), face_index=anchor.face_index)
    former = anchor.crop.name
    anchor.crop.save("crop", ContentFile(engine.jpeg(found.crop)), save=False)
    with transaction.atomic():
        person = lock_person_of(anchor)  # it may have been moved to another meanwhile
        written = claim.end(
            Anchor.State.READY,
            crop=anchor.crop.name,
            crop_bytes=anchor.crop_bytes,
            face=found.face,
            quality=found.face["quality"]["overall"],
            embedding=seal(found.embedding),
            model_sha256=found.model["sha256"],
        )
        if written:
            changed(person)
            Person.objects.filter(pk=person, cover=None).update(cover=anchor)
    if not written:
        forget_files(anchor)
    elif former or anchor.attempts > 1:
        forget_strays(anchor)
    return written


def embed_others_again(model_sha256: str) -> int:
    """Have every anchor embedded by another model embedded by this one; how many there are."""
    return _again(Anchor.objects.exclude(model_sha256=model_sha256))


def verify_person(claim: Claim) -> bool:
    """Compare a probe with all ready anchors of a person, once none of them is under way."""
    row = claim.row
    if not Person.objects.filter(pk=row.person_id).exists():
        return end_refused(claim, PERSON_DELETED)
    model = engine.get_verifier().model["sha256"]
    theirs = Anchor.objects.filter(person_id=row.person_id)
    if _again(theirs.exclude(model_sha256=model)) or _under_way(theirs):
        postpone(claim, countdown=PAUSE)
        return False
    anchors = theirs.filter(state=Anchor.State.READY, model_sha256=model)
    stored = list(anchors.values_list("pk", "embedding"))
    if not stored:
        return _end_without_anchors(claim)
    probe = look_at_probe(row)
    own = thresholds_of(row.owner_id)
    gallery = engine.gallery(own.shifts).under(probe.conditions)
    verdict = gallery.decide(
        probe.embedding, np.stack([unseal(e) for _pk, e in stored]), row.false_match_rate
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


def identify(claim: Claim) -> bool:
    """Search a probe in the owner's gallery, once every anchor is of the model in use."""
    row = claim.row
    templates = templates_of_owner(claim)
    if templates is None:
        return False
    if not templates.ids:
        return end_refused(claim, GALLERY_EMPTY)
    probe = look_at_probe(row)
    own = thresholds_of(row.owner_id)
    found = (
        engine.gallery(own.shifts)
        .under(probe.conditions)
        .search(
            probe.embedding,
            templates.matrix,
            templates.counts,
            false_match_rate=row.false_match_rate,
            limit=CANDIDATES,
        )
    )
    names = Person.objects.in_bulk([templates.ids[each.row] for each in found])
    found = [each for each in found if templates.ids[each.row] in names]  # deleted a moment ago
    if not found:
        return end_refused(claim, GALLERY_EMPTY)
    candidates = [
        {
            "person_id": str(templates.ids[each.row]),
            "name": names[templates.ids[each.row]].name,
            "similarity": round(each.decision.similarity, 6),
            "probability": round(each.decision.probability, 6),
            "outcome": each.decision.outcome,
        }
        for each in found
    ]
    return end_alone(claim, probe, found[0].decision, own, candidates=candidates)


def templates_of_owner(claim: Claim) -> Templates | None:
    """Everyone in the owner's gallery, once every anchor is of the model in use; None when that
    has to be waited for: the claim is given back then."""
    row = claim.row
    if not all_of_this_model(claim):
        return None
    model = engine.get_verifier().model["sha256"]
    all_of_them = Anchor.objects.filter(owner_id=row.owner_id)
    templates = person_templates(owner_id=row.owner_id, model_sha256=model)
    if not templates.ids and _under_way(all_of_them):
        postpone(claim, countdown=PAUSE)
        return None
    return templates


def all_of_this_model(claim: Claim) -> bool:
    """Whether every anchor of the row's owner that was ever embedded is by the model in use. Those
    that are not are embedded again, and the claim is given back until they are."""
    model = engine.get_verifier().model["sha256"]
    others = Anchor.objects.filter(owner_id=claim.row.owner_id).exclude(model_sha256=model)
    if _again(others) or _under_way(others.exclude(embedding=b"")):
        postpone(claim, countdown=PAUSE)
        return False
    return True


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
        forget_files(row)
        if claim.held.filter(person=None, kind=Verification.Kind.PERSON).exists():
            return end_refused(claim, PERSON_DELETED)
        postpone(claim, countdown=0)  # the person was merged into another: once more with all
    elif row.attempts > 1:
        forget_strays(row)
    return written


def _end_without_anchors(claim: Claim) -> bool:
    gone = claim.held.filter(person=None).exists()
    return end_refused(claim, PERSON_DELETED if gone else NO_PHOTO_OF_PERSON)


def _again(anchors) -> int:
    """Have the ready ones of these anchors embedded again; how many there are."""
    ready = anchors.filter(state=Anchor.State.READY)
    people = set(ready.order_by().values_list("person_id", flat=True))
    if not people:
        return 0
    with transaction.atomic():
        lock(*people)
        rows = list(ready.only("pk").order_by())
        ready.update(**as_new())
        Person.objects.filter(pk__in=people).update(version=F("version") + 1)
        for row in rows:
            enqueue(row)
    return len(rows)


def _under_way(anchors) -> bool:
    return anchors.filter(state__in=(PENDING, RUNNING)).exists()


def read(field) -> bytes:
    with field.open("rb") as file:
        return file.read()
