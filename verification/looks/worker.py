"""What a worker answers: a function for each task, from options and photos to JSON.

    faces   every face, the largest first
    pair    one face of the first photo against every face of the second
    verify  the verdict on two photos, or on a photo and a person, as if it were stored
    search  faces of a photo, or an embedding, among the people or the anchors of a gallery
    numbers an embedding, or a photo of a gallery, against embeddings

Galleries and people that the options name are not checked here: whoever asks has seen to it that the owner
may search them.
"""

import json
from collections.abc import Callable

from .. import engine
from ..gallery.worker import read
from ..jobs.claims import Claim
from ..photos.storage import cipher
from .deciding import numbers
from .envelope import unpacked
from .models import Look
from .searching import search
from .told import Answer, Options, told_decision, told_model, told_photo
from .verdicts import thresholds_in, verify


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
    return told_photo(seen.photo) | told_model(seen.model, seen.timings)


def pair(claim: Claim[Look], photos: list[bytes], options: Options) -> Answer:
    """Options: largest: take the first photo's largest face, instead of refusing several; face_index;
    any_quality: compare poor faces as well; max_faces of the second photo; false_match_rate; embedding;
    gallery_id, whose thresholds decide.

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
        thresholds=thresholds_in(claim.row, options),
    )
    with_numbers = bool(options.get("embedding"))
    probe = told_photo(found.probe, with_numbers)
    reference = told_photo(found.reference, with_numbers)
    for face, decision in zip(reference["faces"], found.decisions, strict=True):
        face |= told_decision(decision)
    chosen = {"face": probe["faces"][found.face]}
    return {"probe": probe | chosen, "reference": reference} | told_model(
        found.model, found.timings
    )


TASKS: dict[str, Callable[[Claim[Look], list[bytes], Options], Answer | None]] = {
    "faces": faces,
    "pair": pair,
    "search": search,
    "numbers": numbers,
    "verify": verify,
}
