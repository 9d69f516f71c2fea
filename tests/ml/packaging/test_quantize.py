"""float16 and int8 forms of a tower: smaller, measured, served when chosen."""

import shutil

import numpy as np
import pytest

from ml.__main__ import main
from ml.decision.head import RATES
from ml.errors import MlError
from ml.packaging.quantize import serve
from ml.serving import artifacts
from ml.serving.verifier import Verifier
from tests.support.faces import make_face


@pytest.fixture(scope="module")
def model(people, pairs, resnet29, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "resnet29"
    shutil.copytree(resnet29, folder)
    arguments = [str(folder), "--images", str(people), "--pairs", str(pairs)]
    assert main(["models", "variants", *arguments]) == 0
    return folder


def test_every_form_is_measured_and_smaller(model):
    artifact = artifacts.load(model)
    artifact.verify()
    rows = artifact.manifest["variants"]
    assert list(rows) == ["float32", "float16", "int8", "int8_dynamic"]
    full = rows["float32"]["mb"]
    assert rows["float16"]["mb"] < 0.55 * full
    assert rows["int8"]["mb"] < 0.3 * full
    assert rows["int8_dynamic"]["mb"] < 0.3 * full
    for row in rows.values():
        assert row["ms_per_face"] > 0
        assert row["accuracy_loss"] == pytest.approx(rows["float32"]["accuracy"] - row["accuracy"])
        assert row["fnmr"].keys() == RATES.keys()
    assert "| float16 | " in (model / "MODEL_CARD.md").read_text()


def test_making_them_changes_nothing_that_is_served(model, resnet29):
    assert artifacts.load(model).identity == artifacts.load(resnet29).identity


@pytest.mark.parametrize(
    ("variant", "nearness"), [("float16", 0.9999), ("int8", 0.97), ("int8_dynamic", 0.999)]
)
def test_a_chosen_form_is_served(model, resnet29, litert_chip, variant, nearness):
    default = artifacts.load(model).manifest["encoder"]["variant"]
    assert main(["models", "serve", str(model), "float32"]) == 0
    try:
        whole = (
            artifacts.load(model).identity["sha256"],
            Verifier.load(model).embed([(litert_chip,)]),
        )
        assert main(["models", "serve", str(model), variant]) == 0
        artifact = artifacts.load(model)
        assert artifact.encoder_files == [f"encoder.{variant}.tflite"]
        assert artifact.identity["sha256"] != whole[0]
        verifier = Verifier.load(model)
        assert verifier.compare(make_face(0), make_face(0, 1)).outcome == "match"
        near = float(np.dot(verifier.embed([(litert_chip,)])[0], whole[1][0]))
        assert nearness < near < 0.9999999
    finally:
        serve(model, default)
    assert artifacts.load(model).identity == artifacts.load(resnet29).identity


def test_only_the_layer_that_looks_at_the_image_stays_float(model):
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(model_path=str(model / "encoder.int8_dynamic.tflite"))
    kernels = [row["dtype"] for row in net.get_tensor_details() if kernel_of_a_convolution(row)]
    assert len(kernels) == 29
    assert kernels.count(np.float32) == 1


def kernel_of_a_convolution(row):
    shape = row["shape"]
    return len(shape) == 4 and shape[1] == shape[2] and shape[1] in (3, 7) and shape[0] >= 32


def test_a_form_that_was_not_made_is_named(resnet29):
    with pytest.raises(MlError) as caught:
        serve(resnet29, "int8")
    assert caught.value.code == "variant_missing"


@pytest.fixture(scope="module")
def litert_chip(resnet29):
    return Verifier.load(resnet29).acquire(make_face(0)).face.chip
