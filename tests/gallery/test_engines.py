"""Searches behave alike where PostgreSQL does them: the tests of searches once more, on a server with pgvector."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pgvector import pgvector_server
from tests.support.starting import start

ROOT = Path(__file__).resolve().parents[2]
SEARCHES = (
    "tests/gallery/test_pgvector.py",
    "tests/gallery/test_pgvector_at_once.py",
    "tests/gallery/test_pgvector_integrity.py",
    "tests/gallery/test_outliers.py",
    "tests/gallery/test_services.py",
    "tests/gallery/test_suggestions_api.py",
    "tests/comparisons/test_many_worker.py",
    "tests/retention/test_consent.py",
    "tests/unknown_faces/test_unknown_faces.py",
    "tests/looks/test_api.py",
    "tests/rekognition/test_faces.py",
)


@pytest.mark.server
@pytest.mark.postgres
@pytest.mark.slow
def test_the_tests_of_searches_pass_where_postgresql_searches():
    with pgvector_server() as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider",
             "-m", "not server and not browser and not slow", *SEARCHES],
            cwd=ROOT, env=os.environ | {"FACEVERIFY_TEST_PGVECTOR": url}, capture_output=True, text=True,
            timeout=60 * 60,
        )  # fmt: skip

    assert done.returncode == 0, done.stdout[-20_000:]
    assert "skipped" not in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "needs PostgreSQL"),
        ({"DATABASE_URL": "postgresql://u:p@h/n"}, "FACEVERIFY_PGVECTOR_UNENCRYPTED=true"),
    ],
)
def test_vectors_are_kept_unencrypted_only_where_the_operator_accepts_it(
    tmp_path, environment, said
):
    done = start(tmp_path, "from django.conf import settings; settings.DEBUG",
        FACEVERIFY_SEARCH="pgvector", **environment)  # fmt: skip

    assert done.returncode != 0
    assert said in done.stderr
