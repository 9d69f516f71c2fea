"""Faces, or an embedding, among the people or the anchors of a gallery."""

from collections.abc import Callable
from uuid import UUID

import numpy as np

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..comparisons.kinds.gallery_search import GALLERY_EMPTY
from ..gallery.gallery_models import Gallery
from ..gallery.worker import anchors_of, templates_of
from ..jobs.claims import Claim, end_refused
from .models import Look
from .told import Answer, Options, told_decision, told_model, told_photo

LIMIT = 10

Probe = tuple[Answer | None, engine.ComparableFace | None]
# A face and the number of faces searched for -> its candidates.
Searching = Callable[[engine.ComparableFace, int], tuple[engine.Candidate, ...]]


def search(claim: Claim[Look], photos: list[bytes], options: Options) -> Answer | None:
    """Options:

    gallery_id: the owner's default gallery without it.
    by: "people", each by all their photos together, or "anchors", each photo by itself.
    faces: "largest" of the photo, "all", or "one", by which a photo without a clear one is refused.
    face_index: a face of the photo.
    embedding: numbers in place of a photo; True: the answer has the numbers of the faces.
    limit, false_match_rate; threshold: the lowest probability of a match that is told.
    any_quality: also faces that would be refused. max_faces: of "all".
    allow_empty: an empty gallery is no refusal; it never is one of anchors.

    `probes`: the faces, each with `matches` [{id, person_id, probability, similarity, outcome}], best
    first; `searched`: among how many.
    """
    found = _gallery(claim, options)
    if found is None:
        return None
    size, searching = found
    if not size and options.get("by") != "anchors" and not options.get("allow_empty"):
        end_refused(claim, GALLERY_EMPTY)
        return None
    seen, probes = _probes(photos, options)
    faces = sum(comparable is not None for _face, comparable in probes)
    lowest = options.get("threshold") or 0.0
    told = []
    for face, comparable in probes:
        candidates = searching(comparable, faces) if size and comparable is not None else ()
        matches = [
            {"id": str(row.id), "person_id": _text(row.person_id)} | told_decision(row.decision)
            for row in candidates
            if row.decision.probability >= lowest
        ]
        told.append({"face": face, "matches": matches})
    return seen | {"probes": told, "searched": size}


def _gallery(claim: Claim[Look], options: Options) -> tuple[int, Searching] | None:
    """Among how many is searched, and how; None once the claim has been given back."""
    named = options.get("gallery_id")
    gallery = UUID(named) if named else _default_gallery(claim.row.owner_id)
    if gallery is None:
        return 0, lambda _face, _faces: ()
    own = thresholds_of(claim.row.owner_id, gallery)
    rate = options.get("false_match_rate") or 1e-3
    limit = options.get("limit") or LIMIT
    if options.get("by") == "anchors":
        anchors = anchors_of(claim, gallery)
        if anchors is None:
            return None

        def among_anchors(face: engine.ComparableFace, _faces: int) -> tuple[engine.Candidate, ...]:
            return engine.search_anchors(
                face, anchors, false_match_rate=rate, limit=limit, thresholds=own
            )

        return anchors.size, among_anchors
    people = templates_of(claim, gallery)
    if people is None:
        return None

    def among_people(face: engine.ComparableFace, faces: int) -> tuple[engine.Candidate, ...]:
        return engine.search_embedding(
            face,
            people,
            false_match_rate=rate,
            limit=limit,
            probes=faces,
            thresholds=own,
        )

    return people.size, among_people


def _default_gallery(owner_id: UUID) -> UUID | None:
    """None where it was not made yet: nothing is in it then."""
    default = Gallery.objects.filter(owner_id=owner_id, is_default=True)
    return next(iter(default.order_by().values_list("pk", flat=True)), None)


def _probes(photos: list[bytes], options: Options) -> tuple[Answer, list[Probe]]:
    """What is searched for: the photo as it is told, and its faces."""
    numbers = options.get("embedding")
    if isinstance(numbers, list):
        given = engine.ComparableFace(np.asarray(numbers, np.float32), ())
        return told_model(engine.served_model(), {}), [(None, given)]
    any_quality = bool(options.get("any_quality"))
    if options.get("faces") == "all":
        seen = engine.look_at_all(
            photos[0],
            max_faces=options.get("max_faces") or engine.MOST_FACES,
            embeddings=True,
            any_quality=any_quality,
        )
    else:
        seen = engine.one_face(
            photos[0],
            face_index=options.get("face_index", None if options.get("faces") == "one" else 0),
            any_quality=any_quality,
        )
    told = told_photo(seen.photo, bool(numbers))
    faces = [row.comparable for row in seen.photo.faces]
    return told | told_model(seen.model, seen.timings), list(zip(told["faces"], faces, strict=True))


def _text(id: UUID | None) -> str | None:
    return str(id) if id else None
