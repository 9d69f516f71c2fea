"""A face network in ONNX: checked, tried out, calibrated, served. The networks are ours, exported."""

import sys

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")

from ml.__main__ import main
from ml.errors import ArtifactError, MlError
from ml.networks import backbones
from ml.networks.keras_io import keras
from ml.packaging import export, onnx_file, quantize
from ml.serving import artifacts, onnx_net
from ml.serving.litert import Net
from ml.serving.verifier import Verifier
from tests.support import onnx_files
from tests.support.faces import make_face

TERMS = ["--license", "MIT"]


def write(folder, data: bytes, name: str = "network.onnx") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def chips(size: int) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (2, size, size, 3), np.uint8)


def refused(data: bytes, folder, **options) -> MlError:
    with pytest.raises(MlError) as caught:
        onnx_file.read(write(folder, data), **options)
    assert caught.value.detail.endswith(".") and caught.value.remedy.endswith((".", '"'))
    return caught.value


@pytest.fixture(scope="module")
def mobilefacenet():
    """The tower with a random start, and what its LiteRT file gives."""
    keras.utils.set_random_seed(7)
    tower = backbones.build("mobilefacenet", weights=None)
    for layer in tower.layers:
        if isinstance(layer, keras.layers.PReLU):
            layer.set_weights([np.full(layer.alpha.shape, 0.25, np.float32)])
    return tower, Net(export.to_litert(tower))(chips(112))


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("batch", [1, "n"])
def test_mobilefacenet_in_onnx_equals_its_litert_file(mobilefacenet, layout, batch, tmp_path):
    tower, expected = mobilefacenet
    file = onnx_file.read(write(tmp_path, onnx_files.export(tower, batch=batch, layout=layout)))
    pixels = onnx_file.pixels("rgb", [127.5] * 3, [128.0] * 3, file.layout)

    found = onnx_net.OnnxNet(file.session, pixels)(chips(112))

    assert (file.layout, file.input_size, file.embedding_size) == (layout, 112, 192)
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


def test_compact_in_onnx_equals_its_litert_file(compact_tower, compact_file):
    file = onnx_file.read(compact_file)
    scale = backbones.module("resnet29")
    pixels = onnx_file.pixels("rgb", list(scale.MEAN), [scale.SCALE] * 3, "nchw")

    found = onnx_net.OnnxNet(file.session, pixels)(chips(150))

    assert np.abs(found - Net(export.to_litert(compact_tower))(chips(150))).max() < 1e-4


def test_an_imported_network_gives_the_right_verdicts(imported):
    verifier = Verifier.load(imported)

    same = verifier.compare(make_face(0), make_face(0, 1)).to_dict()
    other = verifier.compare(make_face(0), make_face(1)).to_dict()

    # Thresholds from eight people are guesses: which is more alike is not.
    assert same["similarity"] > other["similarity"] + 0.2
    assert same["probability"] > 0.5 > other["probability"]
    assert same["model"]["name"] == "mine"


def test_it_embeds_as_the_same_tower_in_litert(imported, compact_tower):
    verifier = Verifier.load(imported)
    face = verifier.acquire(make_face(2)).face

    (found,) = verifier.embed([face.chips])

    (expected,) = Net(export.to_litert(compact_tower))(face.chip[None].astype(np.float32))
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-4)


def test_its_manifest_and_card_tell_what_it_is(imported, compact_file):
    artifact = artifacts.load(imported)

    card = (imported / "MODEL_CARD.md").read_text()

    artifact.verify()
    assert artifact.encoder_files == ["encoder.onnx"]
    assert artifact.read("encoder.onnx") == compact_file.read_bytes()
    assert artifact.manifest["encoder"]["pixels"] == {
        "channels": "rgb",
        "mean": [122.782, 117.001, 104.298],
        "scale": [256.0, 256.0, 256.0],
        "layout": "nchw",
    }
    assert artifact.manifest["trial"]["equal_error_rate"] < 0.1
    assert "| Trained on | drawn faces |" in card and "| Licence | MIT |" in card
    assert "RGB, (0-255 less 122.782 117.001 104.298) / 256 256 256, float32, NCHW." in card


def test_what_decides_its_verdicts_is_in_its_fingerprint(imported):
    manifest = artifacts.load(imported).manifest
    files = manifest["files"] | {"encoder.onnx": "0" * 64}
    pixels = manifest["encoder"]["pixels"] | {"channels": "bgr"}

    changed = artifacts.fingerprint(manifest | {"files": files})
    swapped = artifacts.fingerprint(
        manifest | {"encoder": manifest["encoder"] | {"pixels": pixels}}
    )

    assert len({manifest["sha256"], changed, swapped}) == 3


def test_it_is_calibrated_again_without_keras(imported, people, tmp_path):
    out = tmp_path / "again"
    arguments = ["--model", str(imported), "--images", str(people), "--version", "1.1.0"]

    assert main(["calibrate", *arguments, "--out", str(out)]) == 0

    again = artifacts.load(out)
    assert again.manifest["version"] == "1.1.0"
    assert (
        again.encoder_files == ["encoder.onnx"] and "siamese.keras" not in again.manifest["files"]
    )


def test_it_has_no_smaller_forms(imported):
    with pytest.raises(MlError) as caught:
        quantize.serve(imported, "float16")
    assert caught.value.code == "model_onnx"


def test_keras_cannot_run_it_and_that_is_said(imported, capsys):
    photo = imported.parent / "face.jpg"
    photo.write_bytes(make_face(0))

    status = main(
        ["compare", str(photo), str(photo), "--model", str(imported), "--runtime", "keras"]
    )

    assert status == 1
    assert "Use the runtime litert" in capsys.readouterr().err


def test_without_onnxruntime_the_command_that_installs_it_is_named(imported, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(onnx_net.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(ArtifactError) as caught:
        Verifier.load(imported)

    assert caught.value.code == "runtime_missing"
    assert "requirements-onnx.txt" in caught.value.remedy
    with pytest.raises(ArtifactError, match="needs onnxruntime"):
        onnx_net.open_session(b"", "network.onnx")


def test_the_wrong_channel_order_is_told_by_accuracy_at_chance(people, tmp_path, capsys):
    file = write(tmp_path, onnx_files.red_excess())
    arguments = ["models", "import", file, "--images", str(people), *TERMS]

    wrong = main([*arguments, "--out", str(tmp_path / "wrong"), "--channels", "bgr"])
    told = capsys.readouterr().err
    right = main([*arguments, "--out", str(tmp_path / "right"), "--channels", "rgb"])

    assert (wrong, right) == (1, 0)
    assert "guessing would take 50%" in told and "--channels rgb does better" in told
    assert not (tmp_path / "wrong").exists()


def test_the_other_channel_order_is_measured_beside(compact_file, people, tmp_path, capsys):
    arguments = [str(compact_file), "--images", str(people), *onnx_files.COMPACT, *TERMS]

    assert main(["models", "import", *arguments, "--out", str(tmp_path / "m")]) == 0

    assert "; with --channels bgr" in capsys.readouterr().out


def test_pixels_on_another_scale_are_told_by_accuracy(people, tmp_path, capsys):
    file = write(tmp_path, onnx_files.red_excess())
    arguments = [file, "--images", str(people), *TERMS, "--mean", "0", "--scale", "1e9"]

    assert main(["models", "import", *arguments, "--out", str(tmp_path / "m")]) == 1

    assert "--mean 127.5 --scale 127.5 does better" in capsys.readouterr().err


def test_two_inputs_are_refused(tmp_path):
    error = refused(onnx_files.small(extra_input=("other", [1, 3, 112, 112])), tmp_path)

    assert error.code == "model_unknown" and "2 inputs (face, other)" in error.detail


def test_two_outputs_are_refused(tmp_path):
    error = refused(onnx_files.small(outputs=("embedding", "shrunk")), tmp_path)

    assert "2 outputs (embedding, shrunk)" in error.detail


def test_an_open_size_needs_to_be_told(tmp_path):
    data = onnx_files.small(shape=(1, 3, "height", "width"))

    error = refused(data, tmp_path)
    told = onnx_file.read(write(tmp_path, data), input_size=112)

    assert "open" in error.detail and "--input-size 112" in error.remedy
    assert (told.input_size, told.embedding_size) == (112, 32)
    assert "cannot be run on 96 x 96" in refused(data, tmp_path, input_size=96).detail


def test_a_size_that_is_not_the_files_is_refused(tmp_path):
    error = refused(onnx_files.small(), tmp_path, input_size=128)

    assert "takes 112 x 112 pixels, not 128 x 128" in error.detail


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 1, 112, 112), "does not take colour photos"),
        ((1, "c", 112, 112), "does not take colour photos"),
        ((1, 3, 112, 96), "not square"),
        ((4, 3, 112, 112), "exactly 4 faces"),
        ((1, 3, 8, 8), "8 x 8 pixels; 32 to 512"),
    ],
)
def test_an_input_that_is_no_face_is_refused(shape, words, tmp_path):
    assert words in refused(onnx_files.small(shape=shape), tmp_path).detail


@pytest.mark.parametrize("numbers", [3, 9000])
def test_what_is_no_embedding_is_refused(numbers, tmp_path):
    assert "no embedding" in refused(onnx_files.small(numbers=numbers), tmp_path).detail


@pytest.mark.parametrize(
    ("factor", "words"), [(0.0, "same numbers for every picture"), (np.nan, "not finite")]
)
def test_weights_that_say_nothing_are_refused(factor, words, tmp_path):
    assert words in refused(onnx_files.small(factor=factor), tmp_path).detail


def test_numbers_that_change_from_call_to_call_are_refused(tmp_path):
    assert "other numbers each time" in refused(onnx_files.noisy(), tmp_path).detail


@pytest.mark.parametrize("size", [0, 100, 1000, -1])
def test_a_truncated_file_is_refused(size, tmp_path):
    assert refused(onnx_files.small()[:size], tmp_path).code == "onnx_damaged"


@pytest.mark.parametrize("data", [b"only text\n" * 50, make_face(0), b"\0" * 1000])
def test_another_file_named_onnx_is_refused(data, tmp_path):
    assert refused(data, tmp_path).code == "onnx_damaged"


def test_weights_in_other_files_are_refused_even_where_they_lie_beside(tmp_path, monkeypatch):
    path = onnx_files.with_external_weights(tmp_path)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MlError) as caught:
        onnx_file.read(path)

    assert caught.value.code == "onnx_external_data" and "onnx.save" in caught.value.remedy


def test_operations_of_somebodys_own_are_refused(tmp_path):
    error = refused(onnx_files.small(operation="Squeak", domain="com.example"), tmp_path)

    assert error.code == "onnx_custom_operation" and "Squeak" in error.detail


def test_a_version_that_is_not_known_yet_is_refused(tmp_path):
    error = refused(onnx_files.small(opset=99), tmp_path)

    assert error.code == "onnx_too_new" and "opset 17" in error.remedy


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MlError, match=r"nothing\.onnx cannot be read"):
        onnx_file.read(tmp_path / "nothing.onnx")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--license"),
        ([*TERMS, "--alignment", "mine"], "There are: dlib150"),
        ([*TERMS, "--scale", "0"], "above 0"),
        ([*TERMS, "--mean", "1,2"], "2 numbers"),
        ([*TERMS, "--zoom", "9"], "no face"),
        ([*TERMS, "--variant", "float16"], "--variant"),
    ],
)
def test_options_that_cannot_be_are_named(words, told, people, tmp_path, capsys):
    file = write(tmp_path, onnx_files.small())
    out = str(tmp_path / "m")

    assert main(["models", "import", file, "--images", str(people), "--out", out, *words]) == 1

    assert told in capsys.readouterr().err


def test_options_of_onnx_are_not_for_keras_files(people, tmp_path, capsys):
    arguments = ["tower.keras", "--images", str(people), "--out", str(tmp_path / "m")]

    assert main(["models", "import", *arguments, "--channels", "bgr", "--mean", "0"]) == 1

    assert "--mean, --channels" in capsys.readouterr().err


def test_arcface_is_the_short_name_of_its_alignment():
    from ml.packaging.trial import Options

    assert Options.of(alignment="arcface") == Options.of() == Options.of(alignment="arcface112")
