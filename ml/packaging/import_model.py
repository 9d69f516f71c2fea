"""Make a model folder from a training run, a Keras file, or weights in the original's .h5 format."""

import json
from pathlib import Path

from ml.errors import MlError
from ml.networks import backbones, keras_io
from ml.packaging import package
from ml.serving import artifacts

LICENSE = {
    "resnet29": "tower derived from CC0-1.0 weights (dlib); its training photos have their own terms",
    "random": "that of the photos it was trained on",
}


def import_model(
    path,
    folder,
    data: package.FitData,
    *,
    name: str,
    version: str,
    variant: str | None = None,
    license_=None,
    progress=None,
) -> artifacts.Artifact:
    """Import a model: wrap and export it, then fit head, thresholds and calibration.

    Args:
        path: a run folder, a .keras with a Siamese network or a tower, or the original's .h5.
        folder: the model folder to write.
        data: for fitting head and thresholds.
        variant: the variant of the tower to serve, see `ml.packaging.quantize`; None for float32.

    Raises:
        MlError: the file is damaged or is not such a network, or there are too few photos.
    """
    path = Path(path)
    training = read_run(path) if path.is_dir() else {}
    tower = keras_io.read_tower(path / "best.keras" if path.is_dir() else path)
    about = {"name": name, "version": version, "variant": variant, "license_": license_}
    entries = describe(tower, training, source=path.name, **about)
    return package.package(tower, folder, entries, data, progress=progress)


def store_model(
    path, data: package.FitData, *, name, version, variant=None, license_=None, progress=None
):
    """Add a run's tower to the project, so that `python -m ml prepare --model NAME` makes it.

    Returns:
        the model in var/models with which its head was fitted, and the file of the weights.

    Raises:
        MlError: as `import_model`; or the project no longer builds this tower.
    """
    from ml.packaging import prepare

    path = Path(path)
    training = read_run(path) if path.is_dir() else {}
    tower = keras_io.read_tower(path / "best.keras" if path.is_dir() else path)
    prepare.halve(tower)
    about = {"name": name, "version": version, "variant": variant, "license_": license_}
    entries = describe(tower, training, source=path.name, **about)
    folder = artifacts.MODELS / name
    made = package.package(tower, folder, entries, data, progress=progress)
    left_out = ("format", "files", "sha256", "parameters", "input", "sources")
    description = {key: value for key, value in made.manifest.items() if key not in left_out}
    if options := training.get("config", {}).get("tower_options"):
        description["tower_options"] = options
    return made, prepare.store(tower, description)


def describe(tower, training: dict, *, name, version, source, variant=None, license_=None) -> dict:
    """The manifest entries of a tower before its head is fitted."""
    kind = training.get("config", {}).get("tower") or tower.name
    start = training.get("config", {}).get("start", "random")
    if start not in LICENSE:
        start = "random"
    # A network that the project does not know gets its faces as resnet29 does.
    backbone = backbones.module(kind if kind in backbones.NAMES else "resnet29")
    entries = {
        "name": name,
        "version": version,
        "tower": kind,
        "license": license_ or f"{LICENSE[start]}; {package.OTHER_LICENSES}",
        "encoder": {
            "input_size": int(tower.input_shape[1]),
            "embedding_size": int(tower.output_shape[-1]),
            "alignment": backbone.ALIGNMENT,
            "zoom": backbone.ZOOM,
            "unit_length": backbone.UNIT_LENGTH,
            "mirror": backbone.MIRROR,
            **({"variant": variant} if variant else {}),
        },
        "sources": {"file": source},
    }
    if training:
        entries |= {"training": training, "revision": training["revision"]}
        if command := training["command"]:
            entries["reproduce"] = (
                f"{command} --out var/runs/{name} && "
                f"python -m ml models import var/runs/{name} --out var/models/{name}"
            )
    return entries


def read_run(folder: Path) -> dict:
    """What a run folder says about its training, for the manifest.

    Raises:
        MlError: it is not a run folder, or no epoch is finished.
    """
    try:
        described = json.loads((folder / "config.json").read_text())
        state = json.loads((folder / "state.json").read_text())
        row = state["history"][state["best_epoch"] - 1]
        return {
            "command": described.get("command", ""),
            **{key: described[key] for key in ("config", "data", "revision", "backend", "keras")},
            "epochs": state["epoch"],
            "best_epoch": state["best_epoch"],
            "best": {key: round(value, 6) for key, value in row.items()},
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise MlError(
            "run_unreadable",
            f"{folder} is not the folder of a training run with a finished epoch.",
            "Name a folder that python -m ml train wrote, or a .keras or .h5 file.",
        ) from error
