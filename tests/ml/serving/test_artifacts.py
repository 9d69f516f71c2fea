"""A model on disk: what is wrong with it is said, and writing it is all or nothing."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from ml.errors import ArtifactError
from ml.serving import artifacts, folders
from ml.serving.verifier import Verifier
from tests.support.servers import PATIENCE


@pytest.fixture
def copy(litert, tmp_path):
    """A copy of the default model that a test may damage."""
    return shutil.copytree(litert.artifact.folder, tmp_path / "model")


def refused(folder) -> ArtifactError:
    with pytest.raises(ArtifactError) as error:
        Verifier.load(folder)
    assert error.value.remedy
    return error.value


def test_an_intact_model_verifies(copy):
    artifact = artifacts.load(copy)
    artifact.verify()
    assert artifact.identity["sha256"] == artifacts.fingerprint(artifact.manifest)


def test_a_missing_model_says_how_to_make_one(tmp_path):
    assert refused(tmp_path / "none").code == "model_missing"


@pytest.mark.parametrize("name", ["encoder*.int8_dynamic.tflite", "pnet.tflite"])
def test_a_truncated_file_is_found(copy, name):
    path = next(copy.glob(name))
    path.write_bytes(path.read_bytes()[:-10])
    assert refused(copy).code == "model_damaged"


def test_a_missing_file_is_named(copy):
    (copy / "onet.tflite").unlink()
    error = refused(copy)
    assert error.code == "model_incomplete" and "onet.tflite" in error.detail


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}'])
def test_a_broken_manifest_is_found(copy, text):
    (copy / artifacts.MANIFEST).write_text(text)
    assert refused(copy).code == "model_damaged"


def test_a_newer_format_asks_for_an_update(copy):
    path = copy / artifacts.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": artifacts.FORMAT + 1}))
    error = refused(copy)
    assert error.code == "model_too_new" and "Update" in error.remedy


def test_saving_replaces_the_whole_folder(tmp_path):
    manifest = {"name": "m", "version": "1", "encoder": {}, "head": {}, "operating_points": {}}
    artifacts.save(tmp_path / "m", {"old.tflite": b"1"}, manifest)
    saved = artifacts.save(tmp_path / "m", {"new.tflite": b"2"}, manifest)
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "MODEL_CARD.md",
        "manifest.json",
        "new.tflite",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert artifacts.load(tmp_path / "m").manifest == saved.manifest


def test_the_fingerprint_changes_with_a_threshold_but_not_with_a_remark():
    manifest = {
        "encoder": {},
        "head": {},
        "operating_points": {"1e-3": 0.5},
        "files": {"a.tflite": "1"},
    }
    same = artifacts.fingerprint(manifest | {"remark": "x"})
    other = artifacts.fingerprint(manifest | {"operating_points": {"1e-3": 0.6}})
    assert artifacts.fingerprint(manifest) == same != other


def test_the_fingerprint_is_that_of_the_form_that_is_served():
    files = {"encoder.tflite": "1", "pnet.tflite": "2"}
    manifest = {"encoder": {}, "head": {}, "operating_points": {}, "files": files}
    smaller = manifest | {"files": files | {"encoder.int8.tflite": "3"}}
    assert artifacts.fingerprint(smaller) == artifacts.fingerprint(manifest)
    served = smaller | {"encoder": {"variant": "int8"}}
    assert artifacts.fingerprint(served) != artifacts.fingerprint(manifest)


def test_the_model_setting_chooses_the_folder(monkeypatch, copy):
    monkeypatch.setenv("FACEVERIFY_MODEL", str(copy))
    assert artifacts.load().folder == copy


def test_an_unknown_runtime_is_an_error(litert):
    with pytest.raises(ValueError, match="Runtimes: litert, keras"):
        Verifier.load(litert.artifact.folder, runtime="onnx")


def test_a_name_means_its_folder_among_the_models(monkeypatch):
    monkeypatch.setenv("FACEVERIFY_MODEL", "resnet29")
    assert artifacts.resolve() == artifacts.resolve("resnet29") == artifacts.MODELS / "resnet29"
    assert artifacts.resolve("some/resnet29") == artifacts.ROOT / "some/resnet29"


def test_the_fallback_is_the_default_where_it_alone_was_made(monkeypatch, tmp_path):
    default, fallback = tmp_path / artifacts.DEFAULT, tmp_path / artifacts.FALLBACK
    monkeypatch.setattr(artifacts, "MODELS", tmp_path)
    assert artifacts.default_folder() == default
    for folder, expected in ((fallback, fallback), (default, default)):
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
        assert artifacts.default_folder() == expected


def saved(folder, version: str, **options):
    manifest = {"name": "m", "version": version, "encoder": {}, "operating_points": {}}
    return artifacts.save(folder, {"net.tflite": b"1"}, manifest | {"head": version}, **options)


def test_a_model_in_whose_place_another_comes_goes_aside_under_its_version(tmp_path):
    first = saved(tmp_path / "m", "1.0", keep=True)
    saved(tmp_path / "m", "1.0", keep=True)  # the same: nothing to keep
    saved(tmp_path / "m", "2/0", keep=True)
    saved(tmp_path / "m", "3.0", keep=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "m-1.0", "m-2_0"]
    assert artifacts.load(tmp_path / "m-1.0").identity == first.identity
    assert artifacts.load(tmp_path / "m").manifest["version"] == "3.0"


def test_another_of_the_same_version_is_kept_beside_it_and_a_damaged_one_is_not(tmp_path):
    saved(tmp_path / "m", "1.0")
    saved(tmp_path / "other", "1.0").folder.rename(tmp_path / "m-1.0")
    manifest = tmp_path / "m-1.0" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"sha256": "', '"sha256": "0'))
    saved(tmp_path / "m", "2.0", keep=True)
    assert len(list(tmp_path.glob("m-1.0*"))) == 2

    (tmp_path / "m" / "net.tflite").write_bytes(b"damaged")
    saved(tmp_path / "m", "3.0", keep=True)
    assert not list(tmp_path.glob("m-2.0*"))


# Saves the model again and again, each time in a process that dies one file operation later than the one
# before, until one lives to the end; prints what each leaves as "VERSION" or "VERSION VERSION-KEPT".
CRASHES = """
import os, shutil, sys
from pathlib import Path
from ml.serving import artifacts, folders

left = 0

def die(event, args):
    global left
    if event.startswith(("os.", "shutil.", "ctypes.call")) and event not in READING or event == "open":
        left -= 1
        if left == 0:
            os._exit(9)

READING = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.fork"}

def save(folder, version):
    manifest = {"name": "m", "version": version, "encoder": {}, "operating_points": {}}
    files = {"net.tflite": version.encode()}
    artifacts.save(folder, files, manifest | {"head": version}, keep=True)

place = Path(sys.argv[1])
for steps in range(1, 1000):
    folder = place / str(steps) / "m"
    save(folder, "1.0")
    child = os.fork()
    if child == 0:
        left = steps
        sys.addaudithook(die)
        save(folder, "2.0")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    here = artifacts.load(folder)
    here.verify()
    kept = [path for path in folder.parent.glob("m-*")]
    for path in kept:
        artifacts.load(path).verify()
    print(here.manifest["version"], *(path.name for path in kept))
    if status == 0:
        break
"""


def test_a_crash_at_any_step_leaves_the_old_model_or_the_new_one_whole(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", CRASHES, str(tmp_path)],
        cwd=artifacts.ROOT,
        capture_output=True,
        timeout=3 * PATIENCE,
        text=True,
    )

    assert ended.returncode == 0, ended.stderr
    left = ended.stdout.splitlines()
    assert len(left) > 20
    assert left[0] == "1.0"
    assert set(left) == {"1.0", "1.0 m-1.0", "2.0 m-1.0"}
    assert left[-1] == "2.0 m-1.0"


def test_all_of_a_model_is_on_the_disk_before_it_takes_the_place_of_another(tmp_path, monkeypatch):
    synced, before_the_exchange = [], []
    sync, exchange = os.fsync, folders._exchange

    def noted(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        sync(descriptor)

    def exchanged(made, folder):
        before_the_exchange.extend(synced)
        return exchange(made, folder)

    saved(tmp_path / "m", "1.0")
    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(folders, "_exchange", exchanged)
    made = saved(tmp_path / "m", "2.0")

    written = [made.folder, *made.folder.iterdir()]
    assert len(written) == 4
    assert {path.stat().st_ino for path in written} <= set(before_the_exchange)
    assert synced[-1] == tmp_path.stat().st_ino


def test_where_paths_cannot_be_exchanged_the_model_is_replaced_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    saved(tmp_path / "m", "1.0")
    saved(tmp_path / "m", "2.0")

    assert artifacts.load(tmp_path / "m").manifest["version"] == "2.0"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
