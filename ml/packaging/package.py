"""Make a model folder of a trained tower: wrap it, export it, fit the head, describe it."""

import sys
import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.calibration import from_pairs, from_photos
from ml.errors import ArtifactError, MlError
from ml.evaluation.datasets import lfw, pairs_file
from ml.evaluation.evaluate import Embedded, embed_images
from ml.faces import alignment
from ml.faces.detection import LANDMARKS
from ml.serving import artifacts
from ml.serving.verifier import Verifier, detector_of

# The licences of everything except the towers.
OTHER_LICENSES = "detector MIT (mtcnn) and Apache-2.0 (BlazeFace), head MIT"
PIXELS = "RGB, 0-255, float32; scaling is part of the network"


@dataclass(frozen=True)
class FitData:
    """Photos for fitting a head and its thresholds.

    Attributes:
        photos: path by image name.
        name: of the data, for the manifest.
        people: the person on each image, if known.
        pairs: listed pairs; without them all pairs of the photos are used.
        subject: which one of several faces is the person, see `ml.evaluation.evaluate`.
    """

    photos: dict[str, Path]
    name: str
    people: dict[str, str]
    pairs: lfw.LabelledPairs | None = None
    subject: str = "clear"


def read_data(
    images,
    pairs=None,
    *,
    name: str = "",
    without: Set[str] = frozenset(),
    only: Set[str] | None = None,
    subject: str = "clear",
) -> FitData:
    """The photos in a folder of people, or in a pairs file.

    Args:
        images: folder in LFW's layout; optional for a CSV pairs file.
        pairs: pairs file, see `ml.evaluation.datasets.pairs_file`.
        without: people to leave out, who can then be measured on.
        only: people to use, None for all. Thresholds must not be fitted on people on whom the tower
            was trained: it knows them, and too many strangers would match.
        subject: see `FitData`.

    Raises:
        MlError: there are no photos, or the pairs file cannot be read.
    """

    def wanted(person) -> bool:
        return person not in without and (only is None or person in only)

    if pairs is None:
        if images is None:
            raise MlError(
                "data_missing", "There are no photos to fit on.", "Give --images, --pairs or both."
            )
        paths = lfw.paths(images)
        people = {row: lfw.person_of(row) for row in paths}
        kept = {row: path for row, path in paths.items() if wanted(people[row])}
        return FitData(kept, name or Path(images).name, people, subject=subject)
    listed = pairs_file.read(pairs, images)
    keep = [
        k
        for k, pair in enumerate(listed.names)
        if all(wanted(listed.people.get(name)) for name in pair)
    ]
    listed = listed.at(keep)
    photos = {row: listed.paths[row] for row in listed.images()}
    return FitData(photos, name or Path(pairs).name, listed.people, listed, subject)


def fit(verifier: Verifier, data: FitData, *, progress=None) -> dict:
    """Fit head, operating points and calibration of a model, as entries of its manifest.

    Raises:
        MlError: there are too few photos.
    """
    return fit_embedded(embed(verifier, data, progress=progress), data)


def embed(verifier: Verifier, data: FitData, *, progress=None) -> Embedded:
    """The embeddings of all usable photos.

    Raises:
        MlError: no photo is usable, or embeddings are not finite.
    """
    (embedded,) = embed_images([verifier], data.photos, subject=data.subject, progress=progress)
    if not embedded.names:
        raise MlError("data_unusable", "None of the photos has a usable face.", "Use portraits.")
    if not np.isfinite(embedded.embeddings).all():
        raise MlError(
            "embedding_not_finite",
            "The network gives numbers that are not finite for some of the photos.",
            "Export it again in float32, and check how it wants its pixels scaled.",
        )
    return embedded


def fit_embedded(embedded: Embedded, data: FitData) -> dict:
    """As `fit`, but from embeddings."""
    if data.pairs is None:
        fitted = from_photos.fit(embedded.embeddings, embedded.names)
        split = f"{from_photos.FOLDS} folds of people, by a hash of the name"
    else:
        fitted = from_pairs.fit(embedded.embeddings, embedded.names, data.pairs)
        split = f"listed pairs; {from_photos.FOLDS} folds of people, by a hash of the name"
    people = {data.people[row] for row in embedded.names if row in data.people}
    about = {"name": data.name, "images": len(embedded.names)}
    if people:
        about["people"] = len(people)
    return {
        "head": fitted.head,
        "calibration": fitted.calibration,
        "operating_points": fitted.operating_points,
        "gallery": fitted.gallery,
        "metrics": fitted.metrics,
        "data": about | {"refused": embedded.refused, "split": split},
    }


def encoder_files(towers: list, encoder: dict) -> dict[str, bytes]:
    """The Keras towers in float32, and in the variants that are served by the manifest's `encoder`."""
    from ml.packaging import export

    files = {}
    for tower, row in zip(towers, artifacts.towers(encoder), strict=True):
        for variant in dict.fromkeys((None, row.get("variant"))):
            name = artifacts.tower_file(row | {"variant": variant})
            files[name] = export.to_litert(tower, variant=variant or "float32")
    return files


def package(
    tower, folder, description: dict, data: FitData, *, progress=None
) -> artifacts.Artifact:
    """Make a model folder of a Keras tower.

    Args:
        description: the manifest's name, version, tower, license, encoder (whose `variant` is served and
            used for fitting the head), and further entries.
        data: for fitting head and thresholds.
    """
    files = detector_files() | encoder_files([tower], description["encoder"])
    description = {
        "parameters": tower.count_params(),
        **description,
        "input": input_of(description["encoder"]),
    }
    with draft(files, description) as verifier:
        fitted = fit(verifier, data, progress=progress)
    manifest = description | fitted
    return artifacts.save(
        folder, files | {"siamese.keras": siamese_bytes([tower], manifest)}, manifest
    )


@contextmanager
def draft(files: dict[str, bytes], description: dict) -> Iterator[Verifier]:
    """A temporary model without a fitted head, which can only embed."""
    size = description["encoder"]["embedding_size"]
    provisional = {
        "head": {"weights": [-1.0] * size, "bias": 0.0},
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "operating_points": {
            key: {"false_match_rate": rate, "threshold": 0.5}
            for key, rate in from_photos.RATES.items()
        },
    }
    with tempfile.TemporaryDirectory() as unfinished:
        made = artifacts.save(Path(unfinished) / "draft", files, description | provisional)
        yield Verifier.of(made)


def recalibrate(artifact, folder, fitted: dict) -> artifacts.Artifact:
    """Write a copy of the model to `folder` with newly fitted manifest entries (see `fit`)."""
    files = artifact.read_all()
    manifest = artifact.manifest | fitted
    if not fitted.get("gallery"):
        manifest.pop("gallery", None)
    manifest.pop("recipe", None)  # it is no longer a model that `prepare` makes
    if "siamese.keras" in files:  # ONNX towers have none
        from ml.networks import keras_io

        encoder = keras_io.load_encoder(artifact.folder / "siamese.keras")
        files["siamese.keras"] = with_head(encoder, manifest)
    return artifacts.save(folder, files, manifest)


def input_of(encoder: dict) -> dict:
    """Describe the encoder's input: shape, scaling of pixels, and positions of the landmarks in pixels.

    For several towers it is {"towers": [the same with its name, ...]}.
    """
    rows = artifacts.towers(encoder)
    if len(rows) == 1:
        return _input_of(rows[0])
    return {"towers": [{"name": row["name"]} | _input_of(row) for row in rows]}


def _input_of(row: dict) -> dict:
    size = row["input_size"]
    points = (alignment.TEMPLATES[row["alignment"]] - 0.5) * row["zoom"] + 0.5
    return {
        "shape": [size, size, 3],
        "pixels": _pixels(row),
        "landmarks": {
            name: [round(float(x), 2), round(float(y), 2)]
            for name, (x, y) in zip(LANDMARKS, points * size, strict=True)
        },
    }


def _pixels(row: dict) -> str:
    if not artifacts.is_onnx(row):
        return PIXELS
    wanted = row["pixels"]
    mean, scale = (" ".join(f"{value:g}" for value in wanted[key]) for key in ("mean", "scale"))
    channels, layout = wanted["channels"].upper(), wanted["layout"].upper()
    return f"{channels}, (0-255 less {mean}) / {scale}, float32, {layout}"


def siamese_bytes(towers: list, manifest: dict) -> bytes:
    """The Siamese network with Keras towers, as a .keras file."""
    from ml.networks import siamese

    rows = artifacts.towers(manifest["encoder"])
    encoders = [
        siamese.encoder(tower, mirror=row["mirror"], unit_length=row["unit_length"])
        for tower, row in zip(towers, rows, strict=True)
    ]
    fused = siamese.fuse(encoders, [row.get("weight", 1.0) for row in rows])
    return with_head(fused, manifest)


def with_head(encoder, manifest: dict) -> bytes:
    """The Siamese network with a Keras encoder and the manifest's head, as a .keras file."""
    from ml.networks import siamese

    head = manifest["head"]
    network = siamese.of(encoder, power=head.get("power", 1), name=f"siamese_{manifest['name']}")
    siamese.set_head(network, head)
    return keras_bytes(network)


def keras_bytes(model) -> bytes:
    """A Keras model as the bytes of a .keras file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def detector_files() -> dict[str, bytes]:
    """The face detector's networks, copied from the default model if it exists."""
    try:
        made = artifacts.load(artifacts.default_folder())
        return {f"{name}.tflite": made.read(f"{name}.tflite") for name in detector_of(made)}
    except ArtifactError:
        return build_detector()


def build_detector() -> dict[str, bytes]:
    """Make the face detector's networks from packages with their weights.

    Without the package of BlazeFace faces are found by the others, in twice the time.
    """
    from ml.networks import mtcnn, sources
    from ml.packaging import export

    nets = mtcnn.build_all()
    files = {
        "pnet.tflite": export.to_litert(nets["pnet"], batch=1),
        "rnet.tflite": export.to_litert(nets["rnet"]),
        # A third of the time and the same verdicts: its landmarks move by 1/500 of the face.
        "onet.tflite": export.to_litert(nets["onet"], variant="int8_dynamic"),
    }
    try:
        files["blazeface.tflite"] = sources.read("blazeface")
    except ArtifactError as error:
        print(f"Only the slower face detector is used: {error.detail}", file=sys.stderr)
    return files
