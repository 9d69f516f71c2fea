"""The tower is dlib's network, and every form of it gives the same numbers."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from ml.errors import ArtifactError
from ml.networks import backbones, dlib_weights, siamese, sources
from ml.networks.keras_io import keras, load
from ml.serving import artifacts
from ml.serving.litert import Net
from ml.serving.verifier import Verifier
from tests.support.faces import make_face

GOLDEN = Path(__file__).parents[2] / "data" / "dlib_embedding.json"


@pytest.fixture(scope="module")
def tower():
    return backbones.build("resnet29")


@pytest.fixture(scope="module")
def faces(litert):
    """Each face as its chips, one a tower."""
    return [litert.acquire(make_face(i)).face.chips for i in range(3)]


@pytest.fixture(scope="module")
def chips(faces):
    """The faces as resnet29 sees them."""
    return np.stack([chips[0] for chips in faces])


def convolve(x, kernel, bias, stride, pad):
    """(c, h, w) by [out, in, kh, kw], in plain NumPy."""
    x = np.pad(x, [(0, 0), (pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    return np.einsum("chwij,ocij->ohw", windows, kernel, optimize=True) + bias[:, None, None]


def reference_embedding(chip):
    """The network straight from the file's layers, affine layers apart, as dlib runs it."""
    stored = dlib_weights.read_layers()
    convolutions = iter(zip(stored["con"], stored["affine"], strict=True))

    def conv(x, stride, pad):
        (kernel, bias), (gamma, beta) = next(convolutions)
        return convolve(x, kernel, bias, stride, pad) * gamma[:, None, None] + beta[:, None, None]

    mean = np.array([122.782, 117.001, 104.298])
    x = ((chip - mean) / 256.0).transpose(2, 0, 1)
    x = np.maximum(conv(x, 2, 0), 0)
    x = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))[:, ::2, ::2].max(
        axis=(3, 4)
    )
    for filters, down in zip(
        [32] * 3 + [64] * 4 + [128] * 3 + [256] * 4,
        [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1],
        strict=True,
    ):
        y = np.maximum(conv(x, 2 if down else 1, 0 if down else 1), 0)
        y = conv(y, 1, 1)
        if down:
            h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
            x = x[:, :h, :w].reshape(x.shape[0], h // 2, 2, w // 2, 2).mean(axis=(2, 4))
        total = np.zeros((filters, max(x.shape[1], y.shape[1]), max(x.shape[2], y.shape[2])))
        total[: x.shape[0], : x.shape[1], : x.shape[2]] += x
        total[:, : y.shape[1], : y.shape[2]] += y
        x = np.maximum(total, 0)
    return x.mean(axis=(1, 2)) @ stored["fc"][0]


def test_the_tower_has_dlibs_shape(tower):
    assert tower.count_params() == 5_607_488
    assert tower.input_shape == (None, 150, 150, 3)
    assert tower.output_shape == (None, 128)


def test_the_keras_tower_agrees_with_the_source_weights(tower, chips):
    assert tower.predict_on_batch(chips[:1].astype(np.float32))[0] == pytest.approx(
        reference_embedding(chips[0]), abs=1e-5
    )


def test_the_keras_tower_agrees_with_dlib_itself(tower):
    golden = json.loads(GOLDEN.read_text())
    chip = np.random.default_rng(7).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    assert tower.predict_on_batch(chip[None].astype(np.float32))[0] == pytest.approx(
        golden, abs=1e-5
    )


@pytest.mark.usefixtures("duo")
def test_mobilefacenet_in_keras_is_the_published_file(faces):
    published = Net(sources.read("mobilefacenet"))
    chips = np.stack([chips[1] for chips in faces[:2]]).astype(np.float32)

    rebuilt = backbones.build("mobilefacenet")
    ours = rebuilt.predict_on_batch(chips)

    theirs = published((chips - 127.5) / 128.0)
    lengths = (np.linalg.norm(rows, axis=1, keepdims=True) for rows in (ours, theirs))
    ours, theirs = (rows / length for rows, length in zip((ours, theirs), lengths, strict=True))
    assert ours == pytest.approx(theirs, abs=1e-5)
    assert rebuilt.count_params() == 1_292_992


def test_the_exported_float_form_is_the_keras_model(litert, keras_runtime, faces):
    artifact = litert.artifact

    exported = Verifier.of(in_float(artifact)).embed(faces)

    assert exported == pytest.approx(keras_runtime.embed(faces), abs=1e-5)
    model = load(artifact.folder / "siamese.keras")
    probes, references = (
        [np.stack(chips).astype(np.float32) for chips in zip(*rows, strict=True)]
        for rows in (faces[:1] * 2, faces[1:])
    )
    assert litert.head.similarities(exported[[0, 0]], exported[[1, 2]]) == pytest.approx(
        model.predict_on_batch([*probes, *references])[:, 0], abs=1e-5
    )


def in_float(artifact):
    """The model with its towers in float32."""
    encoder = copy.deepcopy(artifact.manifest["encoder"])
    for row in artifacts.towers(encoder):
        row.pop("variant", None)
    return artifacts.Artifact(artifact.folder, artifact.manifest | {"encoder": encoder})


def test_the_served_8_bit_form_is_the_keras_model_but_for_rounding(litert, keras_runtime, faces):
    assert all(name.endswith(".int8_dynamic.tflite") for name in litert.artifact.encoder_files)

    served, source = litert.embed(faces), keras_runtime.embed(faces)

    assert np.min(np.sum(served * source, axis=1)) > 0.999
    scores = litert.head.similarities(served[[0, 0]], served[[1, 2]])
    assert scores == pytest.approx(
        litert.head.similarities(source[[0, 0]], source[[1, 2]]), abs=0.02
    )


def test_an_embedding_is_both_towers_side_by_side_and_of_length_1(duo, faces):
    (embedding,) = duo.embed(faces[:1])

    first, second = embedding[:128], embedding[128:]

    towers = artifacts.towers(duo.artifact.manifest["encoder"])
    weights = [tower["weight"] for tower in towers]
    assert [np.linalg.norm(part) for part in (first, second)] == pytest.approx(weights, abs=1e-5)
    assert np.linalg.norm(embedding) == pytest.approx(1.0, abs=1e-5)


def test_an_embedding_does_not_depend_on_the_faces_beside_it(litert, faces):
    assert np.array_equal(litert.embed(faces)[1], litert.embed(faces[1:2])[0])


def test_the_siamese_network_survives_saving(tmp_path):
    inputs = keras.Input((20, 20, 3))
    outputs = keras.layers.Dense(4)(keras.layers.Flatten()(inputs))
    model = siamese.build(keras.Model(inputs, outputs, name="tiny"), mirror=True, unit_length=True)
    model.save(tmp_path / "model.keras")
    again = load(tmp_path / "model.keras")
    faces = np.random.default_rng(0).uniform(0, 255, (2, 20, 20, 3)).astype(np.float32)
    pair = [faces, faces[::-1]]
    assert again.predict_on_batch(pair) == pytest.approx(model.predict_on_batch(pair), abs=1e-6)
    assert isinstance(again.get_layer("distance"), siamese.L1Distance)


def test_l1_distance_is_the_difference_of_each_element():
    distance = siamese.L1Distance()([np.array([[1.0, -2.0, 0.5]]), np.array([[0.0, 2.0, 0.5]])])
    assert np.asarray(distance).tolist() == [[1.0, 4.0, 0.0]]


def test_a_mirrored_face_has_the_same_embedding_of_the_tower_that_looks_twice(duo, faces):
    first, second = artifacts.towers(duo.artifact.manifest["encoder"])
    assert first["mirror"] and not second["mirror"]
    mirrored = [tuple(chip[:, ::-1] for chip in chips) for chips in faces]

    as_they_are, turned = duo.embed(faces), duo.embed(mirrored)

    size = first["embedding_size"]
    assert as_they_are[:, :size] == pytest.approx(turned[:, :size], abs=1e-5)
    assert as_they_are[:, size:] != pytest.approx(turned[:, size:], abs=1e-3)


def test_squared_distances_come_before_the_neuron_where_the_head_says_so(litert):
    model = load(litert.artifact.folder / "siamese.keras")

    assert litert.artifact.manifest["head"]["power"] == 2
    assert [layer.name for layer in model.layers][-3:] == ["distance", "squared", "head"]


def test_another_weights_file_is_refused(tmp_path):
    path = tmp_path / dlib_weights.FILE_NAME
    path.write_bytes(dlib_weights.locate().read_bytes()[:-1])
    with pytest.raises(ArtifactError, match="SHA-256") as error:
        dlib_weights.read_layers(path)
    assert error.value.code == "weights_damaged"


def test_an_unknown_tower_is_named_in_the_error():
    with pytest.raises(ValueError, match="no tower 'vgg'"):
        backbones.build("vgg")
