import os
from pathlib import Path

import pytest

from ml.serving.verifier import Verifier

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def litert():
    return Verifier.load(runtime="litert")


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
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("FACEVERIFY_LFW") or root.parent / "shared" / "lfw")
    if not folder.is_dir():
        pytest.skip("no LFW: set FACEVERIFY_LFW to its folder to check on real faces")
    return folder
