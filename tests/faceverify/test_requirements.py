"""What is installed: compiled, with hashes, and no more for serving than serving needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.present import present
from verification import engine

ROOT = Path(__file__).resolve().parents[2]
SETS = ("requirements", "requirements-serve", "requirements-onnx", "requirements-test")
APART = "requirements-compreface"  # in a folder of its own: it needs older packages
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[\w+\])?==([^\s;]+)", re.MULTILINE)

COMPARE = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from faceverify.wsgi import application
from django.test import Client; Client().get("/accounts/login/")
import verification.worker.tasks
from verification import engine
from tests.support.faces import make_face
engine.serve("")
engine.compare(engine.sanitize(make_face(1)), engine.sanitize(make_face(2)))
print("LOADED", *{name.partition(".")[0] for name in sys.modules})
"""


def pins(file: str) -> dict[str, set[str]]:
    """{package: its versions}; several where they depend on the Python."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall((ROOT / file).read_text()):
        found.setdefault(re.sub(r"[._-]+", "-", name).lower(), set()).add(version)
    return found


@pytest.mark.parametrize("name", [*SETS, APART])
def test_every_package_of_a_set_is_pinned_with_hashes(name):
    packages = re.split(r"\n(?=[a-z0-9])", (ROOT / f"{name}.txt").read_text())[1:]

    assert packages
    for package in packages:
        assert PIN.match(package), package[:200]
        assert "--hash=sha256:" in package


@pytest.mark.parametrize("name", SETS)
def test_a_compiled_set_is_up_to_date_with_what_it_was_compiled_from(name):
    wanted, compiled = pins(f"{name}.in"), pins(f"{name}.txt")

    assert wanted
    assert {package: compiled.get(package) for package in wanted} == wanted


@pytest.mark.parametrize("name", SETS[1:])
def test_a_package_has_the_same_version_in_every_set(name):
    whole, part = pins("requirements.txt"), pins(f"{name}.txt")

    assert {p: part[p] for p in part if p in whole} == {p: whole[p] for p in part if p in whole}


@pytest.mark.parametrize("package", ["tensorflow", "keras", "scikit-learn"])
def test_what_only_prepares_and_trains_is_not_in_the_serving_set(package):
    assert package in pins("requirements.txt")
    assert package not in pins("requirements-serve.txt")


def test_web_and_worker_load_packages_of_the_serving_set_alone():
    """Without the others the same process gets through a comparison."""
    serving = pins("requirements-serve.txt")
    block = f"""
import importlib.metadata, re, sys
serving = {set(serving)!r}
class Blocked:
    owners = importlib.metadata.packages_distributions()
    def find_spec(self, name, path=None, target=None):
        owners = {{re.sub("[._-]+", "-", o).lower() for o in self.owners.get(name, ())}}
        if owners and not owners & serving:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
"""
    done = subprocess.run(
        [sys.executable, "-c", block + COMPARE], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert {"django", "celery", "ai_edge_litert", "cv2"} <= loaded
    assert not {"tensorflow", "keras", "matplotlib", "sklearn"} & loaded


def test_a_worker_without_keras_says_what_the_runtime_keras_needs(monkeypatch, settings, db):
    monkeypatch.setitem(sys.modules, "keras", None)
    settings.FACEVERIFY_RUNTIME = "keras"

    problem = present(engine.model_problem())

    assert problem.code == "runtime_missing"
    assert "Install requirements.txt" in problem.remedy
