"""Other users of the machine cannot read the database, whoever makes it, under any umask."""

import os
import stat
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from faceverify import private_paths
from faceverify.private_paths import private_folder, warnings
from tests.support.servers import ROOT, Site


def modes(folder) -> dict[str, str]:
    """Of what lies directly in a folder, and of the folder itself."""
    paths = [folder, *folder.iterdir()]
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in paths}


WRITE = (
    "from django.db import connection as c\n"
    "with c.cursor() as cursor:\n"
    "    cursor.execute('CREATE TABLE IF NOT EXISTS made (x)')\n"
    "    cursor.execute('INSERT INTO made VALUES (1)')\n"
    "    {journal}\n"
    "    import os; os._exit(0)  # as if killed: the files beside the database stay"
)
MAKERS = {
    "shell": ["manage.py", "shell", "--no-imports", "-c", WRITE.format(journal="")],
    "shell, another journal": [
        "manage.py", "shell", "--no-imports", "-c",
        WRITE.format(journal="cursor.execute('PRAGMA journal_mode=PERSIST'); "
                             "cursor.execute('INSERT INTO made VALUES (2)')"),
    ],
    "migrate": ["manage.py", "migrate", "accounts", "0001"],
    "web": ["-c", "import faceverify.wsgi, os; os._exit(0)"],
    "worker": [
        "-c", "import faceverify.celery as c; c.app.loader.init_worker()\n" + WRITE.format(journal="")
    ],
}  # fmt: skip


@pytest.mark.server
@pytest.mark.parametrize(
    ("maker", "umask"),
    [
        *((maker, 0o000) for maker in ("migrate", "web", "worker")),
        *(
            pytest.param(maker, umask, marks=pytest.mark.slow)
            for maker, umask in (
                ("shell, another journal", 0o000),
                ("shell", 0o000),
                ("web", 0o777),
            )
        ),
        ("shell", 0o777),
    ],
)
def test_the_database_is_for_its_user_alone_whoever_makes_it(tmp_path, maker, umask):
    place = Site(tmp_path, tables=False)

    done = subprocess.run(
        [sys.executable, *MAKERS[maker]],
        cwd=ROOT, env=place.environment, capture_output=True, text=True, umask=umask, timeout=90,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = modes(tmp_path / "var")
    assert {found.pop(name) for name in [*found] if "db.sqlite3" not in name} <= {"0o700", "0o600"}
    assert "db.sqlite3" in found and set(found.values()) == {"0o600"}
    assert (tmp_path / "media").stat().st_mode & 0o777 == 0o700


@pytest.mark.server
def test_an_installation_that_was_open_is_closed_at_the_next_start(tmp_path):
    place = Site(tmp_path)
    place.run("manage.py", "check")
    var = tmp_path / "var"
    (var / "db.sqlite3-wal").touch()
    for path in [var, *var.iterdir(), tmp_path / "media"]:
        path.chmod(0o777 if path.is_dir() else 0o644)

    said = place.run("manage.py", "check")

    kept = {"queue", "wakeup"}  # closed by the folder around them
    assert {mode for name, mode in modes(var).items() if name not in kept} == {"0o700", "0o600"}
    assert "faceverify.W003" not in said


@pytest.mark.server
def test_a_database_in_a_folder_that_others_use_leaves_the_folder_and_warns(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    place = Site(tmp_path, tables=False, DATABASE_URL=f"sqlite:///{shared / 'db.sqlite3'}")

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=place.environment, capture_output=True, text=True, timeout=90,
    )  # fmt: skip

    assert f"Other users can look into the folder {shared}" in done.stderr
    assert shared.stat().st_mode & 0o777 == 0o755
    assert (shared / "db.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_folder_of_somebody_else_is_left_and_told(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    owner = os.geteuid()
    monkeypatch.setattr(private_paths.os, "geteuid", lambda: owner + 1)

    private_folder(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 == 0o755
    (sentence,) = warnings([tmp_path])
    assert f"{tmp_path} belongs to another user (id {owner})" in sentence
    assert f"chown {owner + 1} {tmp_path}" in sentence


@pytest.mark.parametrize("kind", ["sticky", "home", "above the project"])
def test_a_folder_that_must_stay_open_stays_so_and_is_told(tmp_path, monkeypatch, kind):
    tmp_path.chmod(0o1777 if kind == "sticky" else 0o755)
    if kind == "home":
        monkeypatch.setenv("HOME", str(tmp_path))
    if kind == "above the project":
        monkeypatch.setattr(private_paths, "__file__", str(tmp_path / "project/faceverify/x.py"))

    private_folder(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 in (0o777, 0o755)
    assert "use a folder of its own" in warnings([tmp_path])[0]


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "var").touch()

    with pytest.raises(ImproperlyConfigured, match="var is a file: a folder is needed there"):
        private_folder(tmp_path / "var")
