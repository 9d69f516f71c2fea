"""Several towers side by side: of LiteRT, of ONNX, and of both; weighed, calibrated, served."""

import numpy as np
import pytest

from ml.__main__ import main
from ml.errors import MlError
from ml.packaging import fuse, package
from ml.serving import artifacts
from ml.serving.verifier import Verifier
from tests.support.faces import make_face


def fused(people, out, *models, weights=None):
    arguments = [*map(str, models), "--images", str(people), "--out", str(out)]
    more = ["--weights", weights] if weights else []
    return main(["models", "fuse", *arguments, *more])


def embedding(model, photo: bytes, runtime="litert") -> np.ndarray:
    verifier = Verifier.load(model, runtime=runtime)
    (found,) = verifier.embed([verifier.acquire(photo).face.chips])
    return found


@pytest.fixture(scope="module")
def keras_model(compact_tower, people, tmp_path_factory):
    """`compact` as an imported Keras model."""
    folder = tmp_path_factory.mktemp("keras")
    compact_tower.save(folder / "compact.keras")
    arguments = [str(folder / "compact.keras"), "--images", str(people), "--name", "small"]
    assert main(["models", "import", *arguments, "--out", str(folder / "small")]) == 0
    return folder / "small"


@pytest.fixture(scope="module")
def mixed(resnet29, imported, people, tmp_path_factory):
    """LiteRT beside ONNX."""
    out = tmp_path_factory.mktemp("fused") / "mixed"
    assert fused(people, out, resnet29, imported) == 0
    return out


def test_a_litert_and_an_onnx_tower_are_served_side_by_side(mixed):
    artifact, verifier = artifacts.load(mixed), Verifier.load(mixed)

    same = verifier.compare(make_face(0), make_face(0, 1)).to_dict()
    other = verifier.compare(make_face(0), make_face(1)).to_dict()

    artifact.verify()
    assert artifact.encoder_files == ["encoder.resnet29.int8_dynamic.tflite", "encoder.mine.onnx"]
    assert same["similarity"] > other["similarity"] + 0.2


def test_an_embedding_is_the_towers_own_ones_each_times_its_weight(mixed, imported, resnet29):
    verifier = Verifier.load(mixed)
    rows = artifacts.load(mixed).manifest["encoder"]["towers"]
    chips = verifier.acquire(make_face(3)).face.chips

    (found,) = verifier.embed([chips])

    parts = [
        Verifier.load(model).embed([(chip,)])[0] * row["weight"]
        for model, chip, row in zip((resnet29, imported), chips, rows, strict=True)
    ]
    assert found == pytest.approx(np.concatenate(parts), abs=1e-5)
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-5)


def test_the_card_tells_of_each_tower(mixed):
    card = (mixed / "MODEL_CARD.md").read_text()

    assert "## Tower resnet29" in card and "## Tower mine" in card
    assert "| Trained on | drawn faces |" in card
    assert artifacts.load(mixed).manifest["head"]["power"] == 2


def test_a_fused_model_is_calibrated_again(mixed, people, tmp_path):
    arguments = ["--model", str(mixed), "--images", str(people), "--out", str(tmp_path / "again")]

    assert main(["calibrate", *arguments]) == 0

    again = artifacts.load(tmp_path / "again")
    assert again.manifest["encoder"] == artifacts.load(mixed).manifest["encoder"]


@pytest.mark.slow
def test_two_keras_models_have_a_siamese_network_that_says_the_same(
    resnet29, keras_model, people, tmp_path
):
    photo = make_face(4)

    assert fused(people, tmp_path / "duo", resnet29, keras_model) == 0

    served, source = (embedding(tmp_path / "duo", photo, row) for row in ("litert", "keras"))
    assert served == pytest.approx(source, abs=5e-3)  # resnet29 is served in 8 bits


@pytest.mark.slow
def test_a_fused_model_is_fused_further_by_its_towers(mixed, keras_model, people, tmp_path):
    assert fused(people, tmp_path / "trio", mixed, keras_model, weights="2,1,2") == 0

    rows = artifacts.load(tmp_path / "trio").manifest["encoder"]["towers"]
    assert [row["name"] for row in rows] == ["resnet29", "mine", "small"]
    assert [row["weight"] for row in rows] == pytest.approx([2 / 3, 1 / 3, 2 / 3], abs=1e-5)


def test_two_onnx_towers_of_one_name_get_names_of_their_own(imported, people, tmp_path):
    assert fused(people, tmp_path / "twins", imported, imported) == 0

    artifact = artifacts.load(tmp_path / "twins")
    assert artifact.encoder_files == ["encoder.mine.onnx", "encoder.mine-2.onnx"]
    assert "siamese.keras" not in artifact.manifest["files"]


def test_a_tower_weighs_more_the_less_strangers_vary():
    # Cosines of strangers: of the first tower 0, 0.5 and 0.5, of the second 0, 1 and 1.
    half, root = 0.5, 0.75**0.5
    first = np.array([[1, 0, 0], [half, root, 0], [0, (half - 0) / root, 0]])
    first[2, 2] = (1 - first[2, 1] ** 2) ** 0.5
    second = np.array([[1, 0], [1, 0], [0, 1.0]])
    data = package.FitData({}, "made", {"a": "A", "b": "B", "c": "C"})

    weights = fuse.spread_weights([first, second], ["a", "b", "c"], data)

    assert weights[0] == pytest.approx(1 / np.sqrt(np.std([0.5, 0.0, 0.5])), rel=1e-6)
    assert weights[1] == pytest.approx(1 / np.sqrt(np.std([1.0, 0.0, 0.0])), rel=1e-6)


@pytest.mark.parametrize(
    ("models", "weights", "told"),
    [
        (["resnet29"], None, "2 to 4"),
        (["resnet29"] * 5, None, "2 to 4"),
        (["resnet29"] * 2, "1", "2 positive weights"),
        (["resnet29"] * 2, "1,-1", "2 positive weights"),
        (["resnet29", "nowhere"], None, "There is no model"),
    ],
)
def test_what_cannot_be_fused_is_told(models, weights, told, resnet29, people, tmp_path, capsys):
    paths = {"resnet29": str(resnet29)}
    more = [f"--weights={weights}"] if weights else []
    arguments = [
        *(paths.get(name, name) for name in models),
        "--images",
        str(people),
        "--out",
        str(tmp_path / "m"),
        *more,
    ]

    assert main(["models", "fuse", *arguments]) == 1

    assert told in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_towers_that_are_not_compared_by_angle_are_refused(resnet29, people, tmp_path):
    artifact = artifacts.load(resnet29)
    encoder = artifact.manifest["encoder"] | {"unit_length": False}
    long = artifacts.save(
        tmp_path / "long", artifact.read_all(), artifact.manifest | {"encoder": encoder}
    )

    with pytest.raises(MlError, match="do not have length 1"):
        fuse.fuse(
            [resnet29, long.folder],
            tmp_path / "m",
            package.read_data(people),
            name="m",
            version="1",
        )
