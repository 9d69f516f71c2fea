"""Who may import whom."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import PATIENCE

ROOT = Path(__file__).resolve().parent.parent.parent
SERVED = ("ml.serving.verifier", "ai_edge_litert", "cv2")


def modules_after(code: str) -> set[str]:
    """The modules that a fresh process of the project holds after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, timeout=3 * PATIENCE, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_the_contracts_of_import_linter_hold():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, timeout=3 * PATIENCE, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("forbidden", ["tensorflow", "keras", *SERVED])
def test_the_web_process_loads_neither_tensorflow_nor_the_model(web_modules, forbidden):
    assert "verification.engine" in web_modules
    assert "ml.images" in web_modules
    assert forbidden not in web_modules


@pytest.fixture(scope="module")
def web_modules() -> set[str]:
    """After answering a request and cleaning a photo, as the web process does."""
    return modules_after(
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "from faceverify.wsgi import application\n"
        "from django.test import Client; Client().get('/health/live')\n"
        "from django.urls import reverse; reverse('api:verification-list')\n"
        "from tests.support.photos import photo; from verification import engine; engine.sanitize(photo())"
    )


def test_a_worker_on_the_default_runtime_loads_no_tensorflow():
    modules = modules_after(
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\n"
        "import verification.worker.tasks; from verification import engine; engine.serve('')"
    )

    assert "ml.serving.verifier" in modules
    assert not {"tensorflow", "keras"} & modules


def test_no_python_file_is_too_long_to_read_in_one_sitting():
    folders = (
        "accounts",
        "docs",
        "faceverify",
        "ml",
        "scripts",
        "tests",
        "verification",
    )
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines())
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
    }

    assert "faceverify/settings/web.py" in lengths
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
