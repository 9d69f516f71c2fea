"""Training from the command line: a whole run, a run that was killed, bad input."""

import csv
import json

import numpy as np
import pytest

from ml.__main__ import main
from ml.networks.keras_io import keras, load, read_tower
from ml.training import checkpoints, config
from ml.training.trainer import precision
from tests.support import faces


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    for person in range(6):
        (folder / f"P{person}").mkdir()
        for number in range(2):
            path = folder / f"P{person}" / f"P{person}_{number + 1:04d}.jpg"
            path.write_bytes(faces.make_face(person, number, size=96))
    return folder


def train(data, out, *changes):
    settings = ["held_out=", "batch=4", "steps=2", *changes]
    words = [word for text in settings for word in ("--set", text)]
    return main(["train", "smoke", "--data", str(data), "--out", str(out), "--quiet", *words])


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """The folder of a whole run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert train(data, folder) == 0
    return folder


@pytest.fixture(scope="module")
def tower_run(data, tmp_path_factory):
    """The folder of a run that trained a tower, not a Siamese network."""
    folder = tmp_path_factory.mktemp("tower") / "run"
    assert train(data, folder, "objective=contrastive", "each=2", "epochs=1") == 0
    return folder


def test_smoke_run_leaves_everything_behind(run):
    rows = list(csv.DictReader((run / "log.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert {"loss", "accuracy", "precision", "recall", "auc", "val_auc"} <= rows[0].keys()
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list((run / "tensorboard").rglob("events.out.*"))
    described = json.loads((run / "config.json").read_text())
    assert described["config"]["seed"] == 7
    assert described["revision"]
    best = keras.models.load_model(run / "best.keras", compile=False, safe_mode=True)
    face = np.zeros((1, 150, 150, 3), np.float32)
    score = best.predict({"probe": face, "reference": face}, verbose=0)
    assert score.shape == (1, 1)


def test_a_run_that_was_cut_off_ends_where_it_would_have(data, run, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    # The second epoch is trained and dies while it is being saved.
    whole_save = checkpoints._save
    saved = []

    def save(model, path):
        if path.name == "last-2.keras":
            kill()
        saved.append(path.name)
        whole_save(model, path)

    monkeypatch.setattr(checkpoints, "_save", save)
    with pytest.raises(Killed):
        train(data, tmp_path / "cut")
    assert "last-1.keras" in saved
    monkeypatch.undo()
    assert train(data, tmp_path / "cut") == 0
    assert json.loads((tmp_path / "cut" / "state.json").read_text())["epoch"] == 2
    whole, cut = (
        keras.models.load_model(folder / "last-2.keras", safe_mode=True)
        for folder in (run, tmp_path / "cut")
    )
    for one, two in zip(whole.get_weights(), cut.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_another_configuration_does_not_go_on_with_a_run(data, tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps({"config": {"tower": "other"}}))
    assert train(data, tmp_path) == 1
    assert "another configuration" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "nothing"], "There are: "),
        (["train", "smoke", "--set", "stepz=1"], "stepz"),
        (["train", "smoke", "--set", "objective='guess'"], "guess"),
    ],
)
def test_bad_configurations_are_named(words, message, capsys):
    assert main(words) == 1
    assert message in capsys.readouterr().err


def test_photos_are_looked_for_in_the_projects_data_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["train", "smoke", "--out", str(tmp_path / "run"), "--set", "held_out="]) == 1

    assert "There is no folder data/lfw." in capsys.readouterr().err


def test_a_run_of_an_earlier_version_is_resumed_under_its_old_keys(tmp_path):
    before = config.load("smoke", ["twice=False"])
    stored = before.to_dict()
    stored |= {old: stored.pop(new) for old, new in config.RENAMED.items()}
    (tmp_path / "config.json").write_text(json.dumps({"config": stored}))
    (tmp_path / "state.json").write_text(json.dumps({"epoch": 1}))

    run = checkpoints.Run(tmp_path)

    assert run.open(checkpoints.describe(before, "data", ""))
    assert before.self_pairs is False


def test_held_out_people_need_their_file(data, tmp_path, capsys):
    assert train(data, tmp_path / "run", "held_out=absent.txt") == 1
    assert "absent.txt" in capsys.readouterr().err


def test_arcface_starts_at_each_persons_mean_embedding(data, tower_run, tmp_path):
    start = tower_run / "best.keras"
    changes = ["objective=arcface", "each=2", "steps=1", "epochs=1", "learning_rate=1e-9"]
    assert train(data, tmp_path / "run", *changes, f"start={start}") == 0
    model = keras.models.load_model(tmp_path / "run" / "last-1.keras", safe_mode=True)
    (directions,) = model.get_layer("classes").get_weights()
    tower = keras.models.load_model(start, compile=False, safe_mode=True)
    from ml.training.data import photos, sampling

    people = photos.load(data, 150)
    rows, _ = sampling.split_people(people.people, 0.4, 7)
    kept = people.only(rows)
    found = tower.predict(kept.pixels.astype(np.float32), verbose=0)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    first = found[kept.people == min(kept.people)].sum(axis=0)
    np.testing.assert_allclose(directions[:, 0], first / np.linalg.norm(first), atol=1e-4)


@pytest.mark.parametrize(
    "objective",
    [
        "arcface",
        pytest.param("contrastive", marks=pytest.mark.slow),
        pytest.param("triplet", marks=pytest.mark.slow),
    ],
)
def test_metric_learning_keeps_a_tower_whose_first_layers_are_frozen(data, tmp_path, objective):
    changes = [f"objective={objective}", "each=2", "steps=1", "trainable_from=block_14_conv_1"]
    assert train(data, tmp_path / "run", *changes, "epochs=1") == 0
    first = keras.models.load_model(tmp_path / "run" / "best.keras", compile=False, safe_mode=True)
    assert first.output_shape == (None, 128)
    assert not first.get_layer("block_4_conv_1").trainable
    assert first.get_layer("block_14_conv_1").trainable


@pytest.mark.slow
def test_mixed_precision_trains_and_leaves_a_tower_that_computes_in_float32(data, tmp_path):
    assert train(data, tmp_path / "run", "precision=mixed_float16", "epochs=1", "steps=2") == 0
    assert keras.mixed_precision.global_policy().name == "float32"
    with precision("mixed_float16"):
        last = keras.models.load_model(tmp_path / "run" / "last-1.keras", safe_mode=True)
    (row,) = csv.DictReader((tmp_path / "run" / "log.csv").open())
    assert np.isfinite(float(row["loss"]))
    assert isinstance(last.optimizer, keras.optimizers.LossScaleOptimizer)
    tower = read_tower(tmp_path / "run" / "best.keras")
    assert {layer.compute_dtype for layer in tower.layers} == {"float32"}
    embedding = tower(np.full((1, 150, 150, 3), 100, np.float32))
    assert np.isfinite(keras.ops.convert_to_numpy(embedding)).all()
    assert keras.backend.standardize_dtype(embedding.dtype) == "float32"


@pytest.mark.parametrize("first", [pytest.param("run", marks=pytest.mark.slow), "tower_run"])
def test_a_run_starts_from_the_tower_of_another_in_a_precision_of_its_own(
    first, data, tmp_path, request
):
    start = request.getfixturevalue(first) / "best.keras"
    changes = ["objective=contrastive", "each=2", "epochs=1", "precision=mixed_bfloat16"]
    changes += [f"start={start}", "learning_rate=0"]
    assert train(data, tmp_path / "second", *changes) == 0

    two = load(tmp_path / "second" / "best.keras")
    assert two.get_layer("embedding").compute_dtype == "bfloat16"
    for mine, theirs in zip(two.get_weights(), read_tower(start).get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_start_that_is_not_there_is_named(data, tmp_path, capsys):
    assert train(data, tmp_path / "run", f"start={tmp_path / 'none.keras'}") == 1
    assert "none.keras" in capsys.readouterr().err


def test_a_start_with_other_layers_is_refused(data, tower_run, tmp_path, capsys):
    start = f"start={tower_run / 'best.keras'}"
    blocks = "tower_options={'blocks': (4, 5, 8, 11, 14)}"
    assert train(data, tmp_path / "run", "objective=contrastive", "each=2", blocks, start) == 1
    assert "tower_options" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_may_end_before_its_learning_rate_is_warm(data, tmp_path):
    changes = ["cosine=True", "warmup=100", "learning_rate=0", "steps=1", "epochs=1"]
    assert train(data, tmp_path / "run", *changes) == 0
