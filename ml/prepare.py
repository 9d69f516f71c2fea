"""Make the default model's folder from what is installed: no download, no training.

The tower's weights come from the package `face_recognition_models`, the detector's from `mtcnn`, the
head from `ml/heads/`. Needs TensorFlow, and a minute the first time.
"""

import hashlib
import json
from pathlib import Path

from ml import artifacts, dlib_weights
from ml.errors import ArtifactError

HEADS = Path(__file__).parent / "heads"
RECIPE = 1  # raise it when this module, a builder or the exporter changes what comes out


def prepare(
    folder=None, *, name: str = "resnet29", force: bool = False
) -> tuple[artifacts.Artifact, bool]:
    """Make the model `name` unless it is there and up to date.

    Returns:
        the artifact, and whether it was made now.

    Raises:
        ArtifactError: a package with weights is missing or damaged.
    """
    folder = artifacts.resolve(folder)
    description = json.loads((HEADS / f"{name}.json").read_text())
    recipe = _recipe(description)
    if not force:
        try:
            artifact = artifacts.load(folder)
            if artifact.manifest.get("recipe") == recipe:
                artifact.verify()
                return artifact, False
        except ArtifactError:
            pass  # missing or damaged: made anew below
    from ml import export, mtcnn_nets, siamese, towers
    from ml.keras_models import keras  # TensorFlow is only imported where it is needed

    keras.backend.clear_session()
    spec = description["encoder"]
    tower = towers.build(description["tower"])
    model = siamese.build(tower, mirror=spec["mirror"], unit_length=spec["unit_length"])
    siamese.set_head(model, description["head"])
    files = {"siamese.keras": _keras_bytes(model), "encoder.tflite": export.to_litert(tower)}
    for net_name, net in mtcnn_nets.build_all().items():
        files[f"{net_name}.tflite"] = export.to_litert(net, batch=1 if net_name == "pnet" else None)
    sources = {"weights_sha256": dlib_weights.SHA256}
    return artifacts.save(folder, files, description | {"sources": sources, "recipe": recipe}), True


def _recipe(description: dict) -> str:
    text = json.dumps([RECIPE, artifacts.FORMAT, dlib_weights.SHA256, description], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _keras_bytes(model) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
