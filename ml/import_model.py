"""Make a model folder of a trained Keras file, or of weights in the original's .h5 format."""

import tempfile
from pathlib import Path

import numpy as np

from ml import artifacts, calibrate, lfw, model_card
from ml.errors import MlError
from ml.evaluate import embed_images
from ml.runtime import Verifier

DETECTOR = ("pnet.tflite", "rnet.tflite", "onet.tflite")
# The original's photos show a face in a frame about twice as wide.
ZOOM = {"classic": 0.55}


def import_model(path, folder, *, name: str, version: str, images, progress=None):
    """Import a model: wrap, export, then fit head, thresholds and calibration.

    Args:
        path: .keras with a Siamese network or a tower, or the original's .h5.
        folder: where the model folder goes.
        images: folder in LFW's layout, whose people fit the head and thresholds.

    Returns:
        The artifact.

    Raises:
        MlError: the file is damaged, or is not such a network.
    """
    tower = read_tower(path)
    embedding_size = int(tower.output_shape[-1])
    size = int(tower.input_shape[1])
    description = {
        "name": name,
        "version": version,
        "tower": tower.name,
        "license": "that of the data it was trained on; detector MIT (mtcnn)",
        "encoder": {
            "input_size": size,
            "embedding_size": embedding_size,
            "alignment": "dlib150",
            "zoom": ZOOM.get(tower.name, 1.05),
            "mirror": tower.name != "classic",
            "unit_length": tower.name != "classic",
        },
        "sources": {"file": Path(path).name},
    }
    provisional = {
        "head": {"weights": [-1.0] * embedding_size, "bias": 0.0},
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "operating_points": {
            key: {"false_match_rate": rate, "threshold": 0.5, "band": [0.5, 0.5]}
            for key, rate in calibrate.RATES.items()
        },
    }
    with tempfile.TemporaryDirectory() as unfinished:
        draft = _save(Path(unfinished) / "draft", tower, description | provisional)
        verifier = Verifier.load(draft.folder)
        embedded = embed_images(verifier, images, lfw.images(images), progress=progress)
        fitted = calibrate.fit(embedded.embeddings, embedded.names)
    people = {lfw.person_of(row) for row in embedded.names}
    final = description | {
        "head": fitted.head,
        "calibration": fitted.calibration,
        "operating_points": fitted.operating_points,
        "gallery": fitted.gallery,
        "metrics": fitted.metrics,
        "data": {
            "name": Path(images).name,
            "images": len(embedded.names),
            "people": len(people),
            "refused": embedded.refused,
            "split": f"{calibrate.FOLDS} folds of people, by a hash of the name",
        },
    }
    return _save(folder, tower, final)


def read_tower(path):
    """The tower in a .keras or .h5 file.

    Raises:
        MlError: it cannot be read, or holds another network.
    """
    path = Path(path)
    if not path.is_file():
        raise MlError("model_missing", f"There is no file {path}.", "Name a .keras or .h5 file.")
    from ml import keras_models, siamese

    if path.suffix in (".h5", ".hdf5"):
        return _original(path)
    try:
        model = keras_models.load(path)
        return siamese.encoder_of(model) if len(model.inputs) == 2 else model
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise MlError(
            "model_damaged", f"{path} holds no model that can be read.", "Copy or train it again."
        ) from error


def _original(path: Path):
    """The classic tower with the weights of the original's .h5 file.

    Only the numbers are read: neither the file's configuration nor its `L1Dist` layer is run.
    """
    import h5py

    from ml import siamese, towers

    try:
        with h5py.File(path) as file:
            group = file.get("model_weights", file)
            stored = _arrays(group)
    except (OSError, KeyError) as error:
        raise MlError(
            "model_damaged", f"{path} is not an HDF5 file with weights.", "Copy it again."
        ) from error
    tower = towers.build("classic", pool_size=64)
    network = siamese.build(tower)
    wanted = [weight.shape for weight in network.weights]
    shapes = [array.shape for array in stored]
    if shapes != wanted:
        raise MlError(
            "model_unknown",
            f"{path} does not hold the original network: {len(shapes)} weight arrays, "
            f"{sum(int(np.prod(shape)) for shape in shapes):,} numbers; "
            f"{len(wanted)} and {network.count_params():,} are expected.",
            "Export it as the original saved it, with model.save('name.h5').",
        )
    network.set_weights(stored)
    return tower


def _arrays(group) -> list[np.ndarray]:
    """All weights in the order in which Keras wrote them."""
    found = []
    for layer in group.attrs["layer_names"]:
        layer = group[layer.decode() if isinstance(layer, bytes) else layer]
        for name in layer.attrs["weight_names"]:
            found.append(layer[name.decode() if isinstance(name, bytes) else name][()])
    return found


def _save(folder, tower, manifest) -> artifacts.Artifact:
    from ml import export, prepare, siamese

    spec = manifest["encoder"]
    network = siamese.build(tower, mirror=spec["mirror"], unit_length=spec["unit_length"])
    siamese.set_head(network, manifest["head"])
    detector = artifacts.load()
    files = {name: detector.read(name) for name in DETECTOR}
    files["siamese.keras"] = prepare._keras_bytes(network)
    files["encoder.tflite"] = export.to_litert(tower)
    artifact = artifacts.save(folder, files, manifest)
    (artifact.folder / model_card.FILE).write_text(model_card.write(artifact.manifest))
    return artifact
