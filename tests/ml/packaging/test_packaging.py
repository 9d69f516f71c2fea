"""From a trained tower to verdicts: every kind of model is imported, served and gives an answer."""

import json
import shutil

import numpy as np
import pytest

from ml.__main__ import main
from ml.errors import ArtifactError, MlError
from ml.networks import backbones
from ml.networks.keras_io import keras
from ml.packaging import import_model, package, prepare
from ml.serving import artifacts
from ml.serving.verifier import Verifier
from tests.support.faces import make_face
from tests.support.present import present

OUTCOMES = {"match", "no_match", "inconclusive"}


def verdict(folder, runtime="litert"):
    found = Verifier.load(folder, runtime=runtime).compare(make_face(0), make_face(0, 1)).to_dict()
    assert found["outcome"] in OUTCOMES
    return found


@pytest.fixture(scope="module")
def compact():
    keras.utils.set_random_seed(3)
    return backbones.build("compact")


def test_a_run_serves_and_brings_its_configuration(people, tmp_path):
    run = tmp_path / "run"
    changes = ["held_out=", "batch=4", "steps=1", "epochs=1"]
    words = [word for text in changes for word in ("--set", text)]
    assert (
        main(["train", "smoke", "--data", str(people), "--out", str(run), "--quiet", *words]) == 0
    )
    out = tmp_path / "model"
    assert main(["models", "import", str(run), "--images", str(people), "--out", str(out)]) == 0
    served, source = verdict(out), verdict(out, "keras")
    assert served["model"]["name"] == "model"
    assert served["similarity"] == pytest.approx(source["similarity"], abs=1e-4)
    manifest = artifacts.load(out).manifest
    assert manifest["parameters"] > 100_000
    assert manifest["metrics"]["fnmr"]["1e-3"].keys() == {"value", "low", "high"}
    assert manifest["input"]["shape"] == [150, 150, 3]
    described = json.loads((run / "config.json").read_text())
    assert manifest["training"]["config"] == described["config"]
    assert manifest["revision"] == described["revision"]
    command, imported = manifest["reproduce"].split(" && ")
    settings = " ".join(f"--set {change}" for change in changes)
    assert command == f"python -m ml train smoke {settings} --out var/runs/model"
    assert imported == "python -m ml models import var/runs/model --out var/models/model"
    card = (out / "MODEL_CARD.md").read_text()
    assert "## Training" in card and "| batch | `4` |" in card
    assert "| left eye | " in card and "FNMR at FMR 1e-3 (95 %)" in card


def test_a_run_that_does_not_say_its_command_is_imported_without_one(tmp_path):
    config = {"tower": "compact", "start": "random"}
    described = {"config": config, "data": "d", "revision": "r", "backend": "b", "keras": "3"}
    (tmp_path / "config.json").write_text(json.dumps(described))
    state = {"epoch": 1, "best_epoch": 1, "history": [{"val_auc": 0.5}]}
    (tmp_path / "state.json").write_text(json.dumps(state))

    training = import_model.read_run(tmp_path)
    tower = backbones.build("compact")
    entries = import_model.describe(tower, training, name="m", version="1", source="run")

    assert entries["revision"] == "r"
    assert "reproduce" not in entries


@pytest.mark.parametrize("name", ["classic", "compact"])
def test_a_network_gets_its_faces_in_use_as_in_training(name):
    tower = backbones.build(name)

    encoder = import_model.describe(tower, {}, name="m", version="1", source="f")["encoder"]

    chip = backbones.chip(name)
    assert (encoder["alignment"], encoder["input_size"]) == (chip.template, chip.size)
    assert encoder["zoom"] == chip.zoom


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(MlError) as caught:
        import_model.read_run(tmp_path)
    assert caught.value.code == "run_unreadable"


@pytest.mark.slow
def test_resnet29_with_other_weights(people, tmp_path):
    tower = backbones.build("resnet29")
    last = tower.get_layer("embedding")
    last.set_weights([last.get_weights()[0] * np.linspace(0.9, 1.1, 128, dtype=np.float32)])
    tower.save(tmp_path / "finetuned.keras")
    data = package.read_data(people)
    made = import_model.import_model(
        tmp_path / "finetuned.keras", tmp_path / "m", data, name="finetuned", version="2"
    )
    assert made.manifest["tower"] == "resnet29"
    other = Verifier.load(tmp_path / "m").compare(make_face(0), make_face(1)).to_dict()
    assert verdict(tmp_path / "m")["similarity"] > other["similarity"] + 0.2


@pytest.mark.slow
def test_the_originals_h5_from_end_to_end(people, tmp_path):
    from ml.networks import siamese

    keras.utils.set_random_seed(5)
    network = siamese.build(backbones.build("classic", pool_size=64))
    network.save(tmp_path / "siamesemodel.h5")
    few = package.read_data(people)
    for name in [row for row in few.photos if row.endswith("_0003")]:
        few.photos.pop(name)
    out = tmp_path / "original"
    made = import_model.import_model(
        tmp_path / "siamesemodel.h5", out, few, name="original", version="1"
    )
    assert made.manifest["parameters"] == 38_964_545 - 4097
    assert made.manifest["encoder"]["embedding_size"] == 4096
    assert made.manifest["encoder"]["alignment"] == "lfw"
    assert verdict(out)["model"]["name"] == "original"


def test_a_stored_model_is_prepared_from_the_project(
    compact, resnet29, people, tmp_path, monkeypatch
):
    # The project's folders, elsewhere: resnet29 as it is, and the new model.
    heads = tmp_path / "heads"
    shutil.copytree(prepare.HEADS, heads)
    (heads / "compact.json").unlink(missing_ok=True)
    monkeypatch.setattr(prepare, "HEADS", heads)
    monkeypatch.setattr(prepare, "WEIGHTS", tmp_path / "weights")
    models = tmp_path / "models"
    shutil.copytree(resnet29, models / "resnet29")
    monkeypatch.setattr(artifacts, "MODELS", models)
    compact.save(tmp_path / "best.keras")
    file = str(tmp_path / "best.keras")
    assert main(["models", "store", file, "--name", "compact", "--images", str(people)]) == 0
    assert (tmp_path / "weights" / "compact.npz").stat().st_size < 6e6
    stored = verdict(models / "compact")
    shutil.rmtree(models / "compact")
    assert main(["prepare", "--model", "compact"]) == 0
    made = artifacts.load(models / "compact")
    assert made.manifest["encoder"]["mirror"] is False  # one look at a face is enough
    assert made.manifest["head"] == json.loads((heads / "compact.json").read_text())["head"]
    again = verdict(made.folder)
    assert again["similarity"] == pytest.approx(stored["similarity"], abs=1e-6)
    assert prepare.prepare("compact")[1] is False
    broken = tmp_path / "weights" / "compact.npz"
    broken.write_bytes(broken.read_bytes()[:1000])
    with pytest.raises(ArtifactError, match="do not fit"):
        prepare.prepare("compact")


def test_prepare_leaves_an_imported_model_alone(resnet29, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "mine"
    shutil.copytree(resnet29, folder)
    manifest = artifacts.load(folder).manifest
    del manifest["recipe"]
    artifacts.save(folder, artifacts.load(folder).read_all(), manifest | {"name": "mine"})
    monkeypatch.setenv("FACEVERIFY_MODEL", str(folder))
    assert main(["prepare"]) == 0
    assert "model mine" in capsys.readouterr().out
    assert artifacts.load(folder).name == "mine"
    (folder / "encoder.tflite").write_bytes(b"short")
    assert main(["prepare"]) == 1
    assert "damaged" in capsys.readouterr().err
    assert artifacts.load(folder).name == "mine"


def test_calibrating_makes_a_model_with_another_head(resnet29, people, tmp_path, capsys):
    lines = ["probe,reference,same,probe_person,reference_person"]
    for p in range(8):
        for k in range(1, 4):
            one = f"Person_{p}/Person_{p}_{k:04d}.jpg"
            same = f"Person_{p}/Person_{p}_{k % 3 + 1:04d}.jpg"
            lines.append(f"{one},{same},1,P{p},P{p}")
            for q in range(p + 1, 8):
                lines.append(f"{one},Person_{q}/Person_{q}_{k:04d}.jpg,0,P{p},P{q}")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("\n".join(lines))
    out = tmp_path / "tuned"
    arguments = [
        "--pairs",
        str(pairs),
        "--images",
        str(people),
        "--version",
        "1.1.0",
        "--out",
        str(out),
    ]
    assert main(["calibrate", "--model", str(resnet29), *arguments]) == 0
    told = capsys.readouterr().out
    assert "24 images of 8 people, 0 refused" in told and "extrapolated" in told
    before, after = artifacts.load(resnet29), artifacts.load(out)
    assert after.manifest["version"] == "1.1.0"
    assert after.manifest["head"] != before.manifest["head"]
    assert after.manifest["files"]["encoder.tflite"] == before.manifest["files"]["encoder.tflite"]
    served, source = verdict(out), verdict(out, "keras")
    other = Verifier.load(out).compare(make_face(0), make_face(1)).to_dict()
    # Few pairs make a cautious head: its scores lie close together.
    assert served["similarity"] > other["similarity"] + 0.02
    # What is served computes with 8-bit weights.
    assert served["similarity"] == pytest.approx(source["similarity"], abs=5e-3)


def test_calibrating_needs_somewhere_to_write(people, capsys):
    assert main(["calibrate", "--images", str(people)]) == 1
    assert "--out" in capsys.readouterr().err


def test_people_who_are_held_out_fit_nothing(people, pairs):
    data = package.read_data(people, without={"Person_0", "Person_3"})
    assert {data.people[name] for name in data.photos} == {
        f"Person_{k}" for k in (1, 2, 4, 5, 6, 7)
    }
    listed = present(package.read_data(people, pairs, without={"Person_0"}).pairs)
    assert not [name for pair in listed.names for name in pair if name.startswith("Person_0")]
    assert len(listed.names) == 6
