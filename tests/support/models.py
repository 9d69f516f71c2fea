"""Model folders for tests: the default model, changed, and the one of a single tower."""

import copy
import shutil
from pathlib import Path

from ml.packaging import prepare
from ml.serving import artifacts

USED = artifacts.default_folder().name  # the model that the project comes with


def one_tower(folder: Path) -> Path:
    """The model resnet29 in a folder of its own: that of var/models if it is up to date, else made anew."""
    place = folder / "resnet29"
    known = artifacts.MODELS / "resnet29"
    if known.is_dir():
        shutil.copytree(known, place)
    return prepare.prepare(place)[0].folder


def harsh_model(folder: Path) -> Path:
    """The default model with another neuron, for which every two faces are different people's."""
    default = artifacts.load(artifacts.default_folder())
    manifest = copy.deepcopy(default.manifest)
    manifest["head"]["bias"] -= 8.0
    manifest |= {"name": "harsh", "version": "2.0.0"}
    files = {name: default.read(name) for name in manifest["files"]}
    artifacts.save(folder, files, {k: v for k, v in manifest.items() if k != "files"})
    return folder
