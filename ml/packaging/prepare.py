"""Make the models that come with the project, without training.

`ml/packaging/presets/heads/NAME.json` describes each model. The weights of its towers come from published
packages (see `ml.networks.sources`), or from `ml/packaging/presets/weights/NAME.npz` if the project trained
them. This needs TensorFlow, and takes a minute the first time.
"""

import hashlib
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from ml.errors import ArtifactError, MlError
from ml.networks import dlib_weights, sources
from ml.serving import artifacts

PUBLISHED = {  # SHA-256 of the weights
    "resnet29": dlib_weights.SHA256,
    "mobilefacenet": sources.FILES["mobilefacenet"].sha256,
}
HEADS = Path(__file__).parent / "presets" / "heads"
WEIGHTS = Path(__file__).parent / "presets" / "weights"
RECIPE = 6  # to be raised when changes of the code change the models that are made


def names() -> list[str]:
    """The models that can be made."""
    return sorted(path.stem for path in HEADS.glob("*.json"))


def target(model: str | None) -> tuple[str, Path]:
    """Name and folder of the model that an argument of `prepare` means.

    The argument is a name, for its folder in var/models, or a folder. The model to make is that of the
    folder's name, or else that in the folder, or else the default model. Without an argument
    FACEVERIFY_MODEL decides.

    Raises:
        ArtifactError: there is neither a model of this name to make nor a folder.
    """
    default = artifacts.DEFAULT
    if not model and not os.environ.get("FACEVERIFY_MODEL"):
        return default, artifacts.MODELS / default
    folder = artifacts.resolve(model)
    asked = model or os.environ.get("FACEVERIFY_MODEL") or ""
    if artifacts.NAME.fullmatch(asked) and asked not in names() and not folder.exists():
        raise ArtifactError(
            "model_unknown",
            f"There is no model {asked} in {folder.parent}, and none of this name to make.",
            f"Models that can be made: {', '.join(names())}. Others are imported or trained.",
        )
    if folder.name in names():
        return folder.name, folder
    try:
        held = artifacts.load(folder).name
        return (held if held in names() else default), folder
    except ArtifactError:
        return default, folder


def prepare(
    model: str | os.PathLike | None = None, *, force: bool = False
) -> tuple[artifacts.Artifact, bool]:
    """Make a model unless it exists and is up to date. Imported and trained models are left alone.

    A copy of an intact model that is replaced is kept, see `artifacts.keep_aside`, because an installation
    may be serving it.

    Args:
        model: see `target`.
        force: make it in any case, even if it replaces another model.

    Returns:
        the artifact, and whether it has been made now.

    Raises:
        ArtifactError: weights are missing or damaged, or the folder has a damaged imported model.
    """
    name, folder = target(model if model is None else str(model))
    description = json.loads((HEADS / f"{name}.json").read_text())
    weights = _weights(name)
    recipe = _recipe(description, weights)
    if not force:
        try:
            artifact = artifacts.load(folder)
            if artifact.manifest.get("recipe", recipe) == recipe:  # others have no recipe
                artifact.verify()
                return artifact, False
        except ArtifactError:
            if _holds_another(folder):
                raise
            # It is missing, or one of the project's models and damaged: it is made again below.
    from ml.networks.keras_io import keras  # imports TensorFlow
    from ml.packaging import package

    keras.backend.clear_session()
    towers = build_towers(description, weights)
    files = {
        "siamese.keras": package.siamese_bytes(towers, description),
        **package.encoder_files(towers, description["encoder"]),
        **package.build_detector(),
    }
    made = {
        "parameters": sum(tower.count_params() for tower in towers),
        **description,
        "input": package.input_of(description["encoder"]),
        "sources": {"weights_sha256": _sources(description, weights)},
        "recipe": recipe,
    }
    return artifacts.save(folder, files, made, keep=True), True


def build_towers(description: dict, weights: bytes | None) -> list:
    """The Keras towers of a description, with their weights.

    Raises:
        ArtifactError: as `build_tower`, or `package_unavailable`, see `ml.networks.sources`.
    """
    from ml.networks import backbones

    rows = artifacts.towers(description["encoder"])
    if len(rows) == 1:
        return [build_tower(description, weights)]
    return [backbones.build(row["name"]) for row in rows]


def build_tower(description: dict, weights: bytes | None):
    """The Keras tower of a description, with its weights.

    Raises:
        ArtifactError: the weights do not fit the tower, or a package with weights is missing.
    """
    import io

    from ml.networks import backbones

    tower = backbones.build(description["tower"], **description.get("tower_options", {}))
    if weights is not None:
        try:
            with np.load(io.BytesIO(weights), allow_pickle=False) as stored:
                rows = [stored[key].astype(np.float32) for key in sorted(stored.files)]
            tower.set_weights(rows)
        except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
            raise ArtifactError(
                "weights_damaged",
                f"The weights of {description['name']} in the project do not fit its tower.",
                "Restore the file in ml/packaging/presets/weights from the repository.",
            ) from error
    return tower


def store(tower, description: dict) -> Path:
    """Add a trained model to the project: its files in ml/packaging/presets.

    The weights are stored as float16. The tower must have been rounded by `halve` before its head was
    fitted.

    Raises:
        MlError: the tower can no longer be built from the description.
    """
    from ml.networks import backbones

    built = backbones.build(description["tower"], **description.get("tower_options", {}))
    shapes = [array.shape for array in tower.get_weights()]
    if [array.shape for array in built.get_weights()] != shapes:
        raise MlError(
            "tower_changed",
            f"ml/networks/backbones/{description['tower']}.py no longer builds the tower that was trained.",
            "Store it from the revision that trained it, or train again.",
        )
    arrays = {f"{k:03d}": array.astype(np.float16) for k, array in enumerate(tower.get_weights())}
    WEIGHTS.mkdir(exist_ok=True)
    path = WEIGHTS / f"{description['name']}.npz"
    with path.with_suffix(".part").open("wb") as file:
        np.savez_compressed(file, **arrays)
    path.with_suffix(".part").replace(path)
    text = json.dumps(description, indent=2) + "\n"
    (HEADS / f"{description['name']}.json").write_text(text)
    return path


def halve(tower) -> None:
    """Round a tower's weights to float16, in which they are stored."""
    tower.set_weights([row.astype(np.float16).astype(np.float32) for row in tower.get_weights()])


def _weights(name: str) -> bytes | None:
    path = WEIGHTS / f"{name}.npz"
    return path.read_bytes() if path.is_file() else None


def _holds_another(folder: Path) -> bool:
    """Whether a damaged model folder was not made by `prepare`."""
    try:
        manifest = json.loads((folder / artifacts.MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and bool(manifest.get("files")) and "recipe" not in manifest


def _recipe(description: dict, weights: bytes | None) -> str:
    source = _sources(description, weights)
    text = json.dumps([RECIPE, artifacts.FORMAT, source, description], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sources(description: dict, weights: bytes | None) -> str | dict[str, str]:
    """SHA-256 of the weights; for several towers by name."""
    if weights:
        return hashlib.sha256(weights).hexdigest()
    rows = artifacts.towers(description["encoder"])
    if len(rows) == 1:
        return PUBLISHED[description["tower"]]
    return {row["name"]: PUBLISHED[row["name"]] for row in rows}
