"""A real worker that serves a tower in ONNX."""

import pytest

pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")

from ml.networks import backbones
from ml.packaging import onnx_file
from ml.serving import artifacts
from tests.support import onnx_files
from tests.support.faces import make_face
from tests.support.models import one_tower
from tests.support.programs import Client
from tests.support.servers import PATIENCE, site

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """resnet29 with its tower in ONNX; its head and thresholds are those of the 8-bit tower."""
    source = artifacts.load(one_tower(tmp_path_factory.mktemp("models")))
    encoder = {key: value for key, value in source.manifest["encoder"].items() if key != "variant"}
    module = backbones.module("resnet29")
    mean, scale = list(module.MEAN), [module.SCALE] * 3
    encoder["pixels"] = onnx_file.pixels("rgb", mean, scale, "nchw")
    files = {
        name: source.read(name)
        for name in source.manifest["files"]
        if name.endswith(".tflite") and not name.startswith("encoder.")
    }
    files[artifacts.tower_file(encoder)] = onnx_files.export(module.build())
    manifest = source.manifest | {"name": "in-onnx", "encoder": encoder}
    return artifacts.save(tmp_path_factory.mktemp("model") / "in-onnx", files, manifest).folder


def test_what_is_submitted_gets_its_verdict_from_the_onnx_tower_which_keras_refuses(
    model, tmp_path
):
    with site(tmp_path, FACEVERIFY_MODEL=str(model), FACEVERIFY_THREADS="2") as place:
        refused = place.launch_worker("keras", FACEVERIFY_RUNTIME="keras")
        assert refused.wait(PATIENCE) != 0
        assert "has a tower in ONNX, which Keras cannot run" in place.log("keras")

        place.start_web().start_worker()
        client = Client(place, place.new_key())

        same = client.finished(client.submit(make_face(1), make_face(1, 1)).json()["id"])
        other = client.finished(client.submit(make_face(1), make_face(2)).json()["id"])

        assert (same["outcome"], other["outcome"]) == ("match", "no_match")
        assert same["model"]["name"] == "in-onnx"
