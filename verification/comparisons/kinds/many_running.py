"""What a worker does for a search: compare a photo with many, name the faces of a group photo."""

import time
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.files.base import ContentFile

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.models import Person
from ...gallery.worker import read, templates_of_owner
from ...jobs.claims import Claim, end_refused, requeue
from ...jobs.files import delete_run_files
from ...jobs.refusals import Refusal
from ..compared_photos import SearchPhoto
from ..models import Verification
from .identify import GALLERY_EMPTY
from .many_selectors import photos_of
from .person import end_alone, look_at_probe

State = SearchPhoto.State
Outcome = Verification.Outcome

MAX_FACES = 100  # of a group photo, the most prominent first
NEAREST = 10  # people considered for each face
ORDER = {Outcome.MATCH: 0, Outcome.INCONCLUSIVE: 1, Outcome.NO_MATCH: 2}

NO_PHOTO_USABLE = Refusal(
    "no_photo_usable",
    "None of the photos can be compared.",
    "Each photo below says what is wrong with it.",
)
NO_FACE_USABLE = Refusal(
    "no_face_usable",
    "Every face in the photo is too small, too blurred, too dark or turned too far away.",
    "Use a sharper or larger photo.",
    which="probe",
)
ONE_PERSON = "Use a photo of one person, or cut this one to the person you mean."


def compare_photos(claim: Claim) -> bool:
    """Compare a probe, embedded once, with each photo that is not compared yet.

    After a third of the time that a task may take, the rest is left to the next one.
    """
    row = claim.row
    own = thresholds_of(row.owner_id)
    head = engine.head(own.shifts)
    until = time.monotonic() + settings.CELERY_TASK_TIME_LIMIT / 3
    probe = look_at_probe(row)
    left = row.photos.exclude(image="").exclude(model_sha256=probe.model["sha256"])
    for number, photo in enumerate(left.select_related("verification")):
        if number and time.monotonic() > until:
            requeue(claim, countdown=0)
            return False
        if not claim.held.exists():
            delete_run_files(row)
            return False
        _compare(photo, probe, head, row.false_match_rate)
    done = list(photos_of(row).filter(state=State.DONE))
    if not done:
        return end_refused(claim, NO_PHOTO_USABLE)
    best = min(done, key=_best_first)
    head = head.under(probe.conditions, best.face.get("conditions", ()))
    point = head.operating_point(row.false_match_rate)
    decision = engine.Decision(
        best.outcome,
        best.similarity,
        best.probability,
        point["threshold"],
        tuple(point["band"]),
        row.false_match_rate,
    )
    return end_alone(claim, probe, decision, own)


def _compare(photo: SearchPhoto, probe: engine.Look, head, rate: float) -> None:
    """Write one photo's verdict or refusal."""
    sha256 = probe.model["sha256"]
    if photo.crop:
        photo.crop.delete(save=False)  # another model's
    try:
        with engine.one_of_many():
            found = engine.look(read(photo.image))
    except engine.ImageRefused as refusal:
        several = refusal.code == "several_faces"
        _write(
            photo,
            state=State.REFUSED,
            model_sha256=sha256,
            refusal_code=refusal.code,
            refusal_detail=refusal.detail,
            refusal_remedy=ONE_PERSON if several else refusal.remedy,
        )
        return
    head = head.under(probe.conditions, found.conditions)
    decision = head.decide(probe.embedding, found.embedding, rate)
    photo.crop.save("crop", ContentFile(engine.jpeg(found.crop)), save=False)
    _write(
        photo,
        state=State.DONE,
        model_sha256=sha256,
        crop=photo.crop.name,
        crop_bytes=photo.crop_bytes,
        outcome=decision.outcome,
        similarity=round(decision.similarity, 6),
        confidence=round(decision.confidence, 6),
        probability=round(decision.probability, 6),
        face=found.face,
    )


def _write(photo: SearchPhoto, **values) -> None:
    """All columns of a result, those of an earlier model's included."""
    empty = {
        "outcome": "",
        "similarity": None,
        "confidence": None,
        "probability": None,
        "face": {},
        "crop": "",
        "crop_bytes": 0,
        "refusal_code": "",
        "refusal_detail": "",
        "refusal_remedy": "",
    }
    SearchPhoto.objects.filter(pk=photo.pk).update(**empty | values)


def name_faces(claim: Claim) -> bool:
    """Find who of the gallery is in a photo.

    All faces of the photo share the false-match rate, as all people of the gallery do: a photo of
    strangers has anyone named no more often than the rate says, however many faces it shows. A
    person is in a photo once: of two faces like one person only the more probable gets the name,
    and of the other nothing is said for certain.
    """
    row = claim.row
    templates = templates_of_owner(claim)
    if templates is None:
        return False
    if not templates.ids:
        return end_refused(claim, GALLERY_EMPTY)
    group = _look_at_group(row)
    if not group.indices:
        return end_refused(claim, NO_FACE_USABLE)
    own = thresholds_of(row.owner_id)
    gallery = engine.gallery(own.shifts)
    found = {
        index: gallery.under(conditions).search(
            embedding,
            templates.matrix,
            templates.counts,
            false_match_rate=row.false_match_rate,
            limit=NEAREST,
            probes=len(group.indices),
        )
        for index, embedding, conditions in zip(
            group.indices, group.embeddings, group.conditions, strict=True
        )
    }
    rows = {candidate.row for candidates in found.values() for candidate in candidates}
    people = Person.objects.in_bulk([templates.ids[each] for each in rows])
    known = {each: people[templates.ids[each]] for each in rows if templates.ids[each] in people}
    named = _assign(found, known)
    faces = [_face(index, named[index]) for index in found]
    faces += [_refused(index, *refusal) for index, refusal in group.refusals.items()]
    best = min((face.decision for face in named.values()), key=_best_first)
    return end_alone(claim, group, best, own, named_faces=sorted(faces, key=lambda f: f["index"]))


def _look_at_group(row: Verification) -> engine.GroupLook:
    try:
        return engine.look_at_all(read(row.probe_image), limit=MAX_FACES)
    except engine.ImageRefused as refusal:
        refusal.which = "probe"
        raise


@dataclass(frozen=True)
class _Named:
    """Who a face is, or may be; `taken`: that person is another face of the photo."""

    decision: engine.Decision
    person: Person | None = None
    taken: bool = False


def _best_first(verdict) -> tuple:
    """Of decisions or of rows with a verdict: the one that speaks for all has the least."""
    return ORDER[verdict.outcome], -verdict.probability, -verdict.similarity


def _assign(found: dict[int, list], known: dict[int, Person]) -> dict[int, _Named]:
    """For each face the person it is, or may be, and the decision; nobody is named twice."""
    matches = sorted(
        (
            (*_best_first(each.decision), index, each)
            for index, candidates in found.items()
            for each in candidates
            if each.decision.outcome == Outcome.MATCH and each.row in known
        ),
        key=lambda claim: claim[:-1],
    )
    named, taken = {}, set()
    for *_order, index, candidate in matches:
        if index not in named and candidate.row not in taken:
            named[index] = _Named(candidate.decision, known[candidate.row])
            taken.add(candidate.row)
    for index, candidates in found.items():
        if index not in named:
            there = [each for each in candidates if each.row in known] or candidates
            named[index] = _unnamed(there, known, taken)
    return named


def _unnamed(candidates: list, known: dict[int, Person], taken: set[int]) -> _Named:
    """A face that nobody is named at. It is unknown only where everyone is improbable: one whose
    likeliest name went to another face stays open, as does one that nobody passes for."""
    free = [
        each for each in candidates if each.row not in taken and each.decision.leaning == "same"
    ]
    best = free[0] if free else max(candidates, key=lambda each: each.decision.probability)
    decision = best.decision
    if decision.outcome == Outcome.NO_MATCH:
        return _Named(decision)
    decision = replace(decision, outcome=Outcome.INCONCLUSIVE.value)
    return _Named(decision, known.get(best.row), best.row in taken)


def _face(index: int, named: _Named) -> dict:
    decision, person = named.decision, named.person
    return {
        "index": index,
        "outcome": str(decision.outcome),
        "person_id": str(person.pk) if person else None,
        "name": person.name if person else "",
        "similarity": round(decision.similarity, 6),
        "probability": round(decision.probability, 6),
        "refusal": None,
        "taken": named.taken,
    }


def _refused(index: int, code: str, detail: str, remedy: str) -> dict:
    return {
        "index": index,
        "outcome": None,
        "person_id": None,
        "name": "",
        "similarity": None,
        "probability": None,
        "refusal": {"code": code, "detail": detail, "remedy": remedy},
        "taken": False,
    }
