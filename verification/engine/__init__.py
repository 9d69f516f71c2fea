"""The one door to `ml`: the rest of the Django project never imports it.

Cleaning a photo needs Pillow and NumPy only and runs in the web process, or in a decoder that it
starts; comparing loads the model and runs in a worker.
"""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from django.conf import settings

from ml import images
from ml.decision.head import RATES, Decision, Head, at_rate
from ml.decision.intervals import wilson
from ml.decision.rule import leaning
from ml.decision.words import CONDITIONS, OUTCOMES, leans, odds, percent, strictness
from ml.errors import ArtifactError, DecodersBusy, ImageRefused, MlError, RateUnknown

__all__ = [
    "CONDITIONS",
    "FALSE_MATCH_RATES",
    "FORMAT_NAMES",
    "MAX_BYTES",
    "OUTCOMES",
    "ArtifactError",
    "Decision",
    "DecodersBusy",
    "GroupLook",
    "ImageRefused",
    "Look",
    "MlError",
    "RateUnknown",
    "at_rate",
    "compare",
    "folder_of",
    "gallery",
    "get_verifier",
    "head",
    "jpeg",
    "leaning",
    "leans",
    "look",
    "look_at_all",
    "manifest_of",
    "measure_gallery",
    "model_facts",
    "model_identity",
    "model_problem",
    "models_on_disk",
    "odds",
    "offered_rate",
    "offered_rates",
    "one_of_many",
    "people_needed",
    "percent",
    "sanitize",
    "serve",
    "served_sha256",
    "strictness",
    "template",
    "towers_of",
    "wilson",
]

FALSE_MATCH_RATES = tuple(RATES.values())
FORMAT_NAMES = images.FORMAT_NAMES
MAX_BYTES = images.MAX_BYTES

logger = structlog.get_logger(__name__)
_lock = threading.Lock()
_verifier = None


def sanitize(data: bytes) -> bytes:
    """The photo upright, as a JPEG without any metadata. Raises ImageRefused."""
    return images.sanitize(data)


@contextmanager
def one_of_many():
    """What nobody foresaw about one photo is a refusal of that photo: the others of its batch go on.

    Raises ImageRefused for everything but what is not the photo's fault: a model or a file that
    cannot be read.
    """
    try:
        yield
    except (ImageRefused, ArtifactError, DecodersBusy, OSError):
        raise
    except Exception as error:
        logger.error("photo_failed", error=type(error).__name__)
        raise ImageRefused(
            "photo_failed",
            "Something went wrong on our side while the photo was read.",
            "Try this photo alone, or use another copy of it.",
        ) from error


def get_verifier():
    """This process's Verifier, loaded at the first call. Raises ArtifactError, also for a model that
    is not the recorded one, and DatabaseError."""
    global _verifier
    with _lock:
        if _verifier is None:
            from ml.serving.verifier import Verifier

            from ..model_change import record

            _verifier = Verifier.load(
                record.folder(),
                runtime=settings.FACEVERIFY_RUNTIME,
                threads=settings.FACEVERIFY_THREADS,
                no_match_chance=settings.FACEVERIFY_NO_MATCH_CHANCE,
            )
        return _verifier


def served_sha256() -> str | None:
    """Of the model that this process has loaded; None before it has loaded one."""
    verifier = _verifier
    return verifier.model["sha256"] if verifier else None


def serve(folder) -> dict:
    """Let this process use another model from now on, as a preview of it does, whatever is recorded;
    its identity. `folder` as for `folder_of`. Raises ArtifactError."""
    global _verifier
    from ml.serving.verifier import Verifier

    candidate = Verifier.load(
        folder_of(folder),
        runtime=settings.FACEVERIFY_RUNTIME,
        threads=settings.FACEVERIFY_THREADS,
        no_match_chance=settings.FACEVERIFY_NO_MATCH_CHANCE,
    )
    with _lock:
        _verifier = candidate
    return candidate.model


def folder_of(model) -> Path:
    """The folder that a name or a folder means, as in FACEVERIFY_MODEL; the default's for nothing.

    A name is looked up in var/models, then in the folder models of FACEVERIFY_VAR."""
    from ml.serving import artifacts

    folder = artifacts.resolve(str(model)) if model else artifacts.default_folder()
    kept = settings.VAR_DIR / "models" / folder.name
    here = folder.parent == artifacts.MODELS and not folder.exists()
    return kept if here and kept.is_dir() else folder


def models_on_disk() -> dict[Path, dict]:
    """The manifests of the models in var/models and in the folder models of FACEVERIFY_VAR."""
    from ml.serving import artifacts

    return {each.folder: each.manifest for each in artifacts.on_disk(settings.VAR_DIR / "models")}


def manifest_of(folder) -> dict:
    """The manifest of a model folder, without loading the model. Raises ArtifactError."""
    from ml.serving import artifacts

    return artifacts.load(folder).manifest


def model_problem() -> ArtifactError | None:
    """What is wrong with the model on disk, without loading it; None when nothing is."""
    from ml.serving import artifacts, onnx_net

    from ..model_change import record

    try:
        model = artifacts.load(record.folder())
        model.verify()
        onnx_net.check_runtime(model, settings.FACEVERIFY_RUNTIME)
    except ArtifactError as error:
        return error
    return None


def model_identity() -> dict:
    """{"name", "version", "sha256"} of the model on disk, without loading it. Raises ArtifactError,
    also for one that is not the recorded model."""
    from ml.serving import artifacts

    from ..model_change import record

    return artifacts.load(record.folder()).identity


def offered_rates() -> tuple[float, ...]:
    """The false-match rates that the model on disk has thresholds for, most relaxed first; all that
    there are while there is no model."""
    from ml.serving import artifacts

    from ..model_change import record

    try:
        points = artifacts.load(record.folder()).manifest["operating_points"].values()
    except ArtifactError:
        return FALSE_MATCH_RATES
    had = dict.fromkeys((point["false_match_rate"] for point in points), True)
    return tuple(rate for rate in FALSE_MATCH_RATES if at_rate(had, rate))


def offered_rate(rate: float) -> float:
    """The offered false-match rate that this one means. Raises RateUnknown, naming those offered."""
    offered = offered_rates()
    found = at_rate({each: each for each in offered}, rate)
    if found is None:
        allowed = ", ".join(f"{each:.10f}".rstrip("0") for each in offered)
        raise RateUnknown(f"Choose one of {allowed}.")
    return found


def head(shifts: dict | None = None):
    """The `ml.decision.head.Head` of this process's model, its thresholds moved by `shifts`. Raises
    ArtifactError."""
    return get_verifier().head.adjusted(shifts)


def model_facts() -> dict:
    """What is known of the model on disk, without loading it. Raises ArtifactError.

    Its identity, `license`, `towers`, `embedding_size`, `data` it was measured on, `metrics` there, and
    `operating_points`, most relaxed first: [{false_match_rate, threshold, band, true_match_rate}].
    """
    from ml.serving import artifacts

    from ..model_change import record

    model = artifacts.load(record.folder())
    manifest = model.manifest
    metrics, data = manifest.get("metrics", {}), manifest.get("data", {})
    head = Head.of(manifest, no_match_chance=settings.FACEVERIFY_NO_MATCH_CHANCE)
    points = [
        {
            "false_match_rate": point["false_match_rate"],
            "threshold": round(point["threshold"], 6),
            "band": {"low": round(point["band"][0], 6), "high": round(point["band"][1], 6)},
            "true_match_rate": metrics.get("tmr", {}).get(name),
        }
        for name, point in head.operating_points.items()
    ]
    return {
        **model.identity,
        "license": manifest.get("license", ""),
        "towers": towers_of(manifest),
        "embedding_size": manifest["encoder"]["embedding_size"],
        "searches_galleries": bool(manifest.get("gallery")),
        "measured_on": data.get("name", ""),
        "people": data.get("people"),
        "images": data.get("images"),
        "equal_error_rate": metrics.get("equal_error_rate"),
        "no_match_chance": head.no_match_chance,
        "operating_points": sorted(points, key=lambda point: -point["false_match_rate"]),
    }


def towers_of(manifest: dict) -> list[dict]:
    """Where each tower comes from, in words: [{name, source, license, training_data}]. Of a model that
    does not say so, its one tower with the licence of the whole."""
    keys = ("name", "source", "license", "training_data")
    towers = manifest.get("towers") or [
        {"name": manifest.get("tower") or manifest["name"], "license": manifest.get("license")}
    ]
    return [{key: str(tower.get(key) or "") for key in keys} for tower in towers]


def measure_gallery(embeddings: np.ndarray, people: np.ndarray) -> dict:
    """See `ml.decision.gallery_thresholds.measure`. Raises ArtifactError."""
    from ml.decision import gallery_thresholds

    return gallery_thresholds.measure(get_verifier().head, embeddings, people)


def people_needed(false_match_rate: float) -> int:
    """How many people it takes to measure a threshold, see `ml.decision.gallery_thresholds`."""
    from ml.decision import gallery_thresholds

    return gallery_thresholds.people_needed(false_match_rate)


def gallery(shifts: dict | None = None):
    """The `ml.decision.gallery.Gallery` of this process's model. Raises ArtifactError, also for a model
    without operating points for people with several photos."""
    found = get_verifier().gallery
    if found is None:
        raise ArtifactError(
            "model_without_gallery",
            "The model has no operating points for people with several photos.",
            "Calibrate it for galleries, or set FACEVERIFY_MODEL to one that has them.",
        )
    return found.adjusted(shifts)


def template(anchors: np.ndarray) -> np.ndarray:
    """One embedding (d,) for a person, from the anchors' (k, d)."""
    from ml.decision.gallery import template as of

    return of(anchors)


@dataclass(frozen=True)
class Look:
    """The face in one photo: `face` as JSON, `crop` uint8 RGB (s, s, 3), `embedding` float32 (d,),
    the `model` that made it, `timings` in milliseconds by step."""

    face: dict
    crop: np.ndarray
    embedding: np.ndarray
    model: dict
    timings: dict

    @property
    def conditions(self) -> tuple[str, ...]:
        """What makes a verdict on the face weaker, see `ml.faces.conditions`."""
        return tuple(self.face["conditions"])


def look(photo: bytes, *, face_index: int | None = None) -> Look:
    """Find, check and embed one face. Raises ImageRefused, ArtifactError."""
    from ml.faces.finder import Timings

    verifier, timings = get_verifier(), Timings()
    found = verifier.acquire(photo, face_index=face_index, timings=timings)
    with timings.step("embed"):
        (embedding,) = verifier.embed([found.face.chips])
    return Look(found.to_dict(), found.face.chip, embedding, verifier.model, timings.to_dict())


@dataclass(frozen=True)
class GroupLook:
    """All faces of a photo: `face` as JSON with the `others`; `embeddings` float32 (n, d), `indices` and
    `conditions` of those that can be compared; `refusals` {index: (code, detail, remedy)} of the rest;
    `crop` of the most prominent one, `model` and `timings` as in a `Look`."""

    face: dict
    embeddings: np.ndarray
    indices: list[int]
    conditions: list[tuple[str, ...]]
    refusals: dict[int, tuple]
    crop: np.ndarray
    model: dict
    timings: dict


def look_at_all(photo: bytes, *, limit: int) -> GroupLook:
    """Find, check and embed every face, at most `limit`, the most prominent first. Raises
    ImageRefused when there is none, ArtifactError."""
    from ml.faces.finder import Timings

    verifier, timings = get_verifier(), Timings()
    found = verifier.finder.find(photo, timings)
    faces = found.faces
    first = found.choose(0 if faces else None)
    problems = {face.index: face.problem for face in faces[:limit]}
    usable = [face for face in faces[:limit] if not problems[face.index]]
    with timings.step("embed"):
        embeddings = verifier.embed([face.chips for face in usable]) if usable else np.empty((0, 0))
    return GroupLook(
        first.to_dict(),
        embeddings,
        [face.index for face in usable],
        [face.conditions for face in usable],
        {index: problem for index, problem in problems.items() if problem},
        first.face.chip,
        verifier.model,
        timings.to_dict(),
    )


def compare(
    probe: bytes,
    reference: bytes,
    *,
    false_match_rate: float = 1e-3,
    probe_face: int | None = None,
    reference_face: int | None = None,
    shifts: dict | None = None,
    on_faces=None,
):
    """See `ml.serving.verifier.Verifier.compare`. Raises ImageRefused, ArtifactError."""
    return get_verifier().compare(
        probe,
        reference,
        false_match_rate=false_match_rate,
        probe_face=probe_face,
        reference_face=reference_face,
        head=head(shifts),
        on_faces=on_faces,
    )


def jpeg(pixels: np.ndarray) -> bytes:
    """An (H, W, 3) uint8 RGB array as JPEG bytes."""
    return images.encode_jpeg(pixels, 92)
