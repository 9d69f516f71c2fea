"""python -m ml models: list, show, verify, and weights in the original's .h5 format."""

import json
import shutil

import numpy as np
import pytest

from ml.__main__ import main
from ml.errors import MlError
from ml.networks import keras_io
from ml.networks.keras_io import keras
from ml.serving import artifacts


@pytest.fixture(scope="module")
def small_model(tmp_path_factory):
    """A model folder with a manifest and one small file."""
    folder = tmp_path_factory.mktemp("models") / "small"
    manifest = {
        "name": "small",
        "version": "2.1",
        "tower": "compact",
        "encoder": {
            "input_size": 150,
            "embedding_size": 2,
            "alignment": "dlib150",
            "zoom": 1.0,
            "mirror": True,
            "unit_length": True,
        },
        "head": {"weights": [-1.0, -1.0], "bias": 0.5},
        "calibration": {"slope": 5.0, "intercept": 0.0},
        "operating_points": {"1e-3": {"false_match_rate": 1e-3, "threshold": 0.6}},
        "metrics": {"tmr": {"1e-3": 0.97}},
    }
    artifacts.save(folder, {"encoder.tflite": b"numbers"}, manifest)
    return folder


@pytest.fixture
def model(small_model, tmp_path):
    return shutil.copytree(small_model, tmp_path / "models" / "small")


def test_list_names_every_model_and_the_broken_ones(model, capsys):
    broken = model.parent / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    assert main(["models", "list", "--folder", str(model.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("small") and "2.1" in line for line in lines)
    assert any(line.startswith("broken") and "model_damaged" in line for line in lines)


def test_show_prints_the_card(model, capsys):
    assert main(["models", "show", str(model)]) == 0
    card = capsys.readouterr().out
    assert "# small 2.1" in card
    assert "| 0.001 | 0.6000 | 0.3919 to 0.6000 |" in card
    assert "| tmr 1e-3 | 0.97 |" in card


def test_verify_passes_and_finds_damage(model, capsys):
    assert main(["models", "verify", str(model)]) == 0
    (model / "encoder.tflite").write_bytes(b"numberz")
    assert main(["models", "verify", str(model)]) == 1
    assert "damaged" in capsys.readouterr().err


def test_verify_turns_a_newer_format_away(model, capsys):
    manifest = json.loads((model / "manifest.json").read_text())
    (model / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    assert main(["models", "verify", str(model)]) == 1
    assert "format 99" in capsys.readouterr().err


def test_the_originals_h5_gives_the_same_embeddings(tmp_path):
    # The network as the original wrote it: a nested embedding model, a custom layer with two
    # arguments, photos scaled to 0-1 outside of the network.
    layers = keras.layers

    class L1Dist(keras.layers.Layer):
        def call(self, probe, reference):
            return keras.ops.abs(probe - reference)

    photo = keras.Input((100, 100, 3))
    x = layers.Conv2D(64, (10, 10), activation="relu")(photo)
    x = layers.MaxPooling2D(64, (2, 2), padding="same")(x)
    x = layers.Conv2D(128, (7, 7), activation="relu")(x)
    x = layers.MaxPooling2D(64, (2, 2), padding="same")(x)
    x = layers.Conv2D(128, (4, 4), activation="relu")(x)
    x = layers.MaxPooling2D(64, (2, 2), padding="same")(x)
    x = layers.Conv2D(256, (4, 4), activation="relu")(x)
    x = layers.Dense(4096, activation="sigmoid")(layers.Flatten()(x))
    embedding = keras.Model(photo, x, name="embedding")
    one, two = keras.Input((100, 100, 3)), keras.Input((100, 100, 3))
    score = layers.Dense(1, activation="sigmoid")(L1Dist()(embedding(one), embedding(two)))
    original = keras.Model([one, two], score)
    path = tmp_path / "siamesemodel.h5"
    original.save(path)

    tower = keras_io.read_tower(path)
    photos = np.random.default_rng(0).uniform(0, 255, (1, 100, 100, 3)).astype(np.float32)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(tower(photos)),
        keras.ops.convert_to_numpy(embedding(photos / 255)),
        atol=1e-5,
    )


@pytest.mark.parametrize("name", ["noise.h5", "noise.keras"])
def test_a_damaged_file_is_named(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"noise")
    with pytest.raises(MlError) as caught:
        keras_io.read_tower(path)
    assert caught.value.code == "model_damaged"


def test_another_networks_h5_is_turned_away(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.save(tmp_path / "other.h5")
    with pytest.raises(MlError) as caught:
        keras_io.read_tower(tmp_path / "other.h5")
    assert caught.value.code == "model_unknown"
