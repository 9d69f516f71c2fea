"""The Python package: its README does what it says, its two clients agree, and its release builds."""

import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.support.guides import Block, blocks_of, is_as_shown, run
from tests.support.servers import PATIENCE, ROOT

PACKAGE = ROOT / "clients/python"
NEEDS_A_CAMERA = "faceverify_client.camera"


def in_order() -> list[Block]:
    blocks = blocks_of(PACKAGE / "README.md")
    return [b for b in blocks if b.language == "python" and NEEDS_A_CAMERA not in b.text]


@pytest.fixture(scope="module")
def ran(place, tmp_path_factory):
    return run(in_order(), place, tmp_path_factory.mktemp("reader"))


def test_its_readme_does_what_it_says(ran, subtests):
    assert len(ran) == len(in_order()) > 3
    for block, printed in ran:
        with subtests.test(line=block.line):
            assert block.shown
            assert is_as_shown(block, printed), printed


def test_the_client_is_made_of_the_one_for_asyncio():
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts/clients.py", "--check"],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stderr


def test_its_release_has_every_module_and_the_mark_of_its_types(tmp_path):
    copy = shutil.copytree(PACKAGE, tmp_path / "package")  # a build writes beside its source
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, copy],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr

    (wheel,) = tmp_path.glob("*.whl")
    (source,) = tmp_path.glob("*.tar.gz")
    there = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("faceverify_client/**/*.py")}
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert there | {"faceverify_client/py.typed"} <= packed
    with tarfile.open(source) as archive:
        assert any(name.endswith("/README.md") for name in archive.getnames())
