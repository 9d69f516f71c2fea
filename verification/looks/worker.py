"""What a worker answers: a function for each task, from options and photos to JSON.

    faces   every face, the largest first
    pair    one face of the first photo against every face of the second
    verify  the verdict on two photos, or on a photo and a person, as if it were stored
    search  faces of a photo, or an embedding, among people of a gallery

A face is told as the engine reports it (`bounding_box` and `landmarks` in pixels of the upright photo),
with `problem`: {code, detail, remedy} of one that is too poor to compare, else null.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import engine
from ..calibration.own_thresholds import thresholds_of
from ..comparisons.kinds.gallery_search import GALLERY_EMPTY
from ..gallery.gallery_models import Gallery
from ..gallery.worker import read, templates_of
from ..jobs.claims import Claim, end_refused
from ..photos.storage import cipher
from .envelope import unpacked
from .models import Look
from .verdicts import verify

Options = dict[str, Any]
Answer = dict[str, Any]

LIMIT = 10


def answer(claim: Claim[Look]) -> bool:
    """Look, and hand the answer back. Raises as the engine does; None of a task: it has to wait for the
    gallery, or is refused, and the claim has been ended or given back."""
    options, photos = unpacked(read(claim.row.request))
    said = TASKS[claim.row.task](claim, photos, options)
    if said is None:
        return False
    return claim.end(Look.State.DONE, answer=cipher().encrypt(json.dumps(said).encode()))


def faces(_claim: Claim[Look], photos: list[bytes], options: Options) -> Answer:
    """Options: max_faces; embedding: with the numbers of each face that can be compared; any_quality:
    and of the others."""
    seen = engine.look_at_all(
        photos[0],
        max_faces=options.get("max_faces") or engine.MOST_FACES,
        embeddings=bool(options.get("embedding")),
        any_quality=bool(options.get("any_quality")),
    )
    return _photo(seen.photo) | _about(seen.model, seen.timings)


def pair(claim: Claim[Look], photos: list[bytes], options: Options) -> Answer:
    """Options: largest: take the first photo's largest face, instead of refusing several; face_index;
    any_quality: compare poor faces as well; max_faces of the second photo; false_match_rate; embedding.

    `probe` is the first photo with its `face`; the faces of `reference` have `probability`,
    `similarity` and `outcome`, null where they cannot be compared.
    """
    found = engine.compare_with_all(
        *photos,
        false_match_rate=options.get("false_match_rate", 1e-3),
        face_index=options.get("face_index"),
        largest=bool(options.get("largest")),
        any_quality=bool(options.get("any_quality")),
        max_faces=options.get("max_faces") or engine.MOST_FACES,
        thresholds=thresholds_of(claim.row.owner_id),
    )
    numbers = bool(options.get("embedding"))
    probe, reference = _photo(found.probe, numbers), _photo(found.reference, numbers)
    for face, decision in zip(reference["faces"], found.decisions, strict=True):
        face |= _decided(decision)
    chosen = {"face": probe["faces"][found.face]}
    return {"probe": probe | chosen, "reference": reference} | _about(found.model, found.timings)


def search(claim: Claim[Look], photos: list[bytes], options: Options) -> Answer | None:
    """Options: gallery_id; by: "people"; faces: "largest" of the photo, "all", or "one", by which a
    photo without a clear one is refused; face_index; embedding: in place of a photo; limit, threshold
    (lowest probability of a match that is told), false_match_rate, any_quality, max_faces.

    `probes`: the faces that were searched for, each with `matches` [{id, probability, similarity,
    outcome}], best first; `searched`: how many were searched.
    """
    gallery = options.get("gallery_id") or Gallery.default_of(claim.row.owner_id).pk
    templates = templates_of(claim, gallery)
    if templates is None:
        return None
    if not templates.ids:
        end_refused(claim, GALLERY_EMPTY)
        return None
    seen, probes = _probes(photos, options)
    limit = options.get("limit") or LIMIT
    searched = [row for row in probes if row[1]]
    told = []
    for face, comparable in probes:
        found: tuple[engine.Candidate, ...] = ()
        if comparable is not None:
            found = engine.search_embedding(
                comparable,
                templates.matrix,
                templates.counts,
                false_match_rate=options.get("false_match_rate", 1e-3),
                limit=limit,
                probes=len(searched),
                thresholds=thresholds_of(claim.row.owner_id),
            )
        matches = [
            {"id": str(templates.ids[row.row])} | _decided(row.decision)
            for row in found
            if row.decision.probability >= options.get("threshold", 0.0)
        ]
        told.append({"face": face, "matches": matches})
    return seen | {"probes": told, "searched": len(templates.ids)}


TASKS: dict[str, Callable[[Claim[Look], list[bytes], Options], Answer | None]] = {
    "faces": faces,
    "pair": pair,
    "search": search,
    "verify": verify,
}

Probe = tuple[Answer | None, engine.ComparableFace | None]


def _probes(photos: list[bytes], options: Options) -> tuple[Answer, list[Probe]]:
    """What is searched for: the photo as it is told, and its faces."""
    if numbers := options.get("embedding"):
        given = engine.ComparableFace(np.asarray(numbers, np.float32), ())
        return _about(engine.served_model(), {}), [(None, given)]
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
    told = _photo(seen.photo)
    faces = [row.comparable for row in seen.photo.faces]
    return told | _about(seen.model, seen.timings), list(zip(told["faces"], faces, strict=True))


def _photo(photo: engine.SeenPhoto, numbers: bool = True) -> Answer:
    return {
        "image": {"width": photo.width, "height": photo.height},
        "turned": photo.turned,
        "searched_down_to": photo.searched_down_to,
        "faces": [_face(face, numbers) for face in photo.faces],
    }


def _face(face: engine.SeenFace, numbers: bool) -> Answer:
    told = face.report | {"problem": vars(face.problem) if face.problem else None}
    if numbers and face.comparable is not None:
        told["embedding"] = [round(float(value), 7) for value in face.comparable.embedding]
    return told


def _about(model: engine.ModelIdentity, timings: dict[str, float]) -> Answer:
    return {"model": vars(model), "timings": timings}


def _decided(decision: engine.Decision | None) -> Answer:
    if decision is None:
        return {"probability": None, "similarity": None, "outcome": None}
    return {
        "probability": decision.probability,
        "similarity": decision.similarity,
        "outcome": decision.outcome,
    }
