"""A photo against a person, and against everyone in a gallery. Runs in a worker."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ml.errors import ArtifactError, ImageRefused

from ..text.sentences import sentence
from . import serving
from .pairs import USUAL_RATE, decision_of, embed_face, jpeg
from .types import (
    MODELS_OWN,
    Candidate,
    ComparableFace,
    Decision,
    FaceProblem,
    GroupFaces,
    ModelIdentity,
    OwnThresholds,
    PersonVerdict,
    Scoring,
    Searchable,
    SearchVerdict,
    Shortlist,
)

NO_OPERATING_POINTS = sentence("The model has no operating points for people with several photos.")
CALIBRATE = sentence("Calibrate it for galleries, or set FACEVERIFY_MODEL to one that has them.")

ROWS_AT_ONCE = 8192  # so that differences stay in the processor's cache

if TYPE_CHECKING:
    from ml.decision.gallery import Gallery


def compare_with_person(
    photo: bytes,
    anchors: np.ndarray,
    *,
    false_match_rate: float = USUAL_RATE,
    face_index: int | None = None,
    thresholds: OwnThresholds = MODELS_OWN,
) -> PersonVerdict:
    """Compare a photo with all embeddings of a person, float32 (k, d), together.

    Raises:
        ImageRefused: the photo cannot be used.
        ArtifactError: there is no model, or it has no operating points for several photos.
    """
    probe = embed_face(photo, face_index=face_index, role="probe")
    own = thresholds.of(probe.model)
    decided = (
        _gallery(own).under(probe.conditions).decide(probe.embedding, anchors, false_match_rate)
    )
    similarities = tuple(round(similarity, 6) for similarity in decided.anchor_similarities)
    return PersonVerdict.on_probe(
        probe, decision_of(decided.decision), own.note, similarities=similarities
    )


def search(
    photo: bytes,
    people: Searchable,
    *,
    false_match_rate: float = USUAL_RATE,
    face_index: int | None = None,
    limit: int = 10,
    thresholds: OwnThresholds = MODELS_OWN,
) -> SearchVerdict:
    """Search for the person in a photo among people, at least one.

    Args:
        limit: how many candidates to return, whether they match or not.

    Raises:
        as `compare_with_person`.
    """
    probe = embed_face(photo, face_index=face_index, role="probe")
    own = thresholds.of(probe.model)
    candidates = _search(
        _gallery(own).under(probe.conditions),
        probe.embedding,
        people,
        false_match_rate=false_match_rate,
        limit=limit,
    )
    return SearchVerdict.on_probe(probe, candidates[0].decision, own.note, candidates=candidates)


def search_faces(
    photo: bytes,
    people: Searchable,
    *,
    max_faces: int,
    false_match_rate: float = USUAL_RATE,
    limit: int = 10,
    thresholds: OwnThresholds = MODELS_OWN,
) -> GroupFaces:
    """Search for every face of a photo, at most `max_faces`, the most prominent first.

    The faces share the false-match rate. Otherwise as `search`; ImageRefused where there is no face.
    """
    from ml.faces.finder import Timings

    verifier, timings = serving.verifier(), Timings()
    model = ModelIdentity(**verifier.model)
    own = thresholds.of(model)
    try:
        photo_faces = verifier.finder.find(photo, timings)
        most_prominent = photo_faces.choose(0 if photo_faces.faces else None)
    except ImageRefused as refusal:
        refusal.which = "probe"
        raise
    # A chin at the photo's edge is nobody to be named.
    faces = [face for face in photo_faces.faces if face.shows_an_eye][:max_faces]
    usable = [face for face in faces if not face.problem]
    candidates = {}
    if usable:
        gallery = _gallery(own)
        with timings.step("embed"):
            embeddings = verifier.embed([face.chips for face in usable])
        candidates = {
            face.index: _search(
                gallery.under(face.conditions),
                embedding,
                people,
                false_match_rate=false_match_rate,
                limit=limit,
                probes=len(usable),
            )
            for face, embedding in zip(usable, embeddings, strict=True)
        }
    return GroupFaces(
        candidates=candidates,
        refusals={face.index: FaceProblem(*face.problem) for face in faces if face.problem},
        face=most_prominent.to_dict(),
        crop=jpeg(most_prominent.face.chip),
        model=model,
        timings=timings.to_dict(),
        calibration=own.note,
    )


def search_templates(
    template: np.ndarray,
    people: Searchable,
    *,
    false_match_rate: float = USUAL_RATE,
    limit: int = 10,
) -> tuple[Candidate, ...]:
    """Search for one embedding, float32 (d,), among people as `search` does, with the model's own
    thresholds."""
    return _search(
        _gallery(MODELS_OWN),
        template,
        people,
        false_match_rate=false_match_rate,
        limit=limit,
    )


def search_embedding(
    probe: ComparableFace,
    people: Searchable,
    *,
    false_match_rate: float = USUAL_RATE,
    limit: int = 10,
    probes: int = 1,
    thresholds: OwnThresholds = MODELS_OWN,
) -> tuple[Candidate, ...]:
    """Search for a face that this process's model has embedded, one of the `probes` of a photo that share
    the false-match rate, as `search` does. Raises ArtifactError."""
    own = thresholds.of(serving.served_model())
    return _search(
        _gallery(own).under(probe.conditions),
        probe.embedding,
        people,
        false_match_rate=false_match_rate,
        limit=limit,
        probes=probes,
    )


def search_anchors(
    probe: ComparableFace,
    anchors: Searchable,
    *,
    false_match_rate: float = USUAL_RATE,
    limit: int = 10,
    thresholds: OwnThresholds = MODELS_OWN,
) -> tuple[Candidate, ...]:
    """Search for a face among photos, each compared as in a pair: the probability says how likely the
    two faces are one person's, however many there are. The most alike first.

    Raises:
        RateUnknown: the model has no threshold for this false-match rate.
        ArtifactError: there is no model that could be served.
    """
    own = thresholds.of(serving.served_model())
    head = serving.verifier().head.adjusted(dict(own.shifts)).under(probe.conditions)
    head.operating_point(false_match_rate)
    if not anchors.size:
        return ()
    from ml.decision.gallery import lowest

    found = anchors.nearest(probe.embedding, limit)
    if not found.ids:
        return ()
    logits = np.concatenate(
        [
            head.logits(probe.embedding, found.templates[start : start + ROWS_AT_ONCE])
            for start in range(0, len(found.ids), ROWS_AT_ONCE)
        ]
    )
    return tuple(
        _candidate(
            found,
            row,
            decision_of(head.decide(probe.embedding, found.templates[row], false_match_rate)),
        )
        for row in map(int, lowest(-logits, limit))
    )


def template(anchors: np.ndarray) -> np.ndarray:
    """One embedding (d,) for a person, from the anchors' (k, d)."""
    from ml.decision import gallery

    return gallery.template(anchors)


def scoring() -> Scoring:
    """How this process's model compares embeddings. Raises ArtifactError."""
    verifier = serving.verifier()
    groups = tuple(verifier.gallery.groups) if verifier.gallery else ()
    return Scoring(verifier.head.squared_weights, groups, verifier.head.logits)


def measure_gallery(embeddings: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    """A measurement as it is stored, see `ml.decision.gallery_thresholds.measure`. Raises
    ArtifactError."""
    from ml.decision import gallery_thresholds

    return gallery_thresholds.measure(serving.verifier().head, embeddings, people)


def people_needed(false_match_rate: float) -> int:
    """How many people it takes to measure a threshold, see `ml.decision.gallery_thresholds`."""
    from ml.decision import gallery_thresholds

    return gallery_thresholds.people_needed(false_match_rate)


def _search(
    gallery: "Gallery",
    embedding: np.ndarray,
    people: Searchable,
    *,
    false_match_rate: float,
    limit: int,
    probes: int = 1,
) -> tuple[Candidate, ...]:
    found = people.nearest(embedding, limit)
    candidates = gallery.search(
        embedding,
        found.templates,
        found.counts,
        false_match_rate=false_match_rate,
        limit=limit,
        probes=probes,
        among=found.size,
    )
    return tuple(_candidate(found, row.row, decision_of(row.decision)) for row in candidates)


def _candidate(found: Shortlist, row: int, decision: Decision) -> Candidate:
    return Candidate(
        found.ids[row], found.people[row], int(found.counts[row]), found.size, decision
    )


def _gallery(own: OwnThresholds) -> "Gallery":
    gallery = serving.verifier().gallery
    if gallery is None:
        raise ArtifactError(
            "model_without_gallery",
            NO_OPERATING_POINTS,
            CALIBRATE,
        )
    return gallery.adjusted(dict(own.shifts))
