"""A command that finds no database it can use says in a sentence what to do, and shows no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ROOT, free_port, installation

# Commands that read the database first thing, one of them past Django's own connection.
COMMANDS = {
    "model_status": [],
    "check_integrity": [],
    "verify_audit": [],
    "bench_gallery": ["--sizes", "10"],
    "invite": [],
    "backup": ["{folder}/copy"],
}


def run(folder: Path, database: str, *words: str) -> subprocess.CompletedProcess:
    environment = installation(folder) | {"DATABASE_URL": database}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_without_tables_is_said_to_need_its_migrations(tmp_path, command):
    words = [word.format(folder=tmp_path) for word in COMMANDS[command]]

    told = run(tmp_path, f"sqlite:///{tmp_path}/new.sqlite3", command, *words)

    assert told.returncode != 0
    assert "manage.py migrate" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_database_that_does_not_answer_is_said_not_to(tmp_path):
    told = run(tmp_path, f"postgres://nobody@127.0.0.1:{free_port()}/none", "verify_audit")

    assert told.returncode != 0
    assert "The database does not answer" in told.stderr
    assert "Traceback" not in told.stderr


def test_whoever_asks_for_the_traceback_sees_it(tmp_path):
    told = run(tmp_path, f"sqlite:///{tmp_path}/new.sqlite3", "verify_audit", "--traceback")

    assert "Traceback" in told.stderr
