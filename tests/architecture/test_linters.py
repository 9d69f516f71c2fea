"""What is linted before a commit is what `make lint` lints."""

import re
import shlex
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_pre_commit_runs_the_commands_of_make_lint():
    recipe = re.findall(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[
        0
    ]
    wanted = [shlex.split(line.replace("$(BIN)", ".venv/bin")) for line in recipe.splitlines()]

    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert [shlex.split(hook["entry"]) for hook in local["hooks"]] == wanted
