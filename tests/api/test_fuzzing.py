"""Requests made up from the schema against a real server: no 5xx, and no answer that the schema
does not allow, on SQLite and on PostgreSQL."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import site

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)
EVERY_VALUE = "examples,coverage,fuzzing"
ONE_AFTER_THE_OTHER = "stateful"
# What is made without a photo, and what is done with it.
PATIENT = 60 * 60  # seconds; the longest takes about half an hour
WITHOUT_PHOTOS = "/(people|galleries|webhooks|keys)/"


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    """A site as it is deployed. Nobody waits for a worker there, so every request is answered at once."""
    home = tmp_path_factory.mktemp("fuzzed")
    with site(home, FACEVERIFY_WAITERS="0", FACEVERIFY_DEBUG="false") as place:
        yield place.start_web()


@pytest.fixture
def postgres(postgres_site):
    if postgres_site.worker is not None:
        postgres_site.kill_worker()
    return postgres_site


def fuzzed(place, folder: Path, phases: str, examples: int, seed: int = 1) -> str:
    """What schemathesis prints when it finds nothing wrong."""
    of = ["--include-path-regex", WITHOUT_PHOTOS] if phases == ONE_AFTER_THE_OTHER else []
    # One worker: with more, Python 3.11 fails at random at reading sources in two threads.
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run",
            f"{place.url}/api/v1/schema/?format=json",
            "--url", place.url,
            "--header", f"Authorization: Bearer {place.new_key()}",
            "--checks", ",".join(CHECKS),
            "--phases", phases,
            "--max-examples", str(examples), "--seed", str(seed), "--generation-deterministic",
            "--no-shrink", "--continue-on-failure",
            "--suppress-health-check", "all", "--warnings", "off", "--workers", "1",
            "--request-timeout", "60", "--no-color", *of,
        ],
        cwd=folder, capture_output=True, text=True, env=place.environment, timeout=PATIENT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr
    assert "No issues found" in done.stdout, done.stdout[-3000:]
    return done.stdout


def generated(printed: str) -> int:
    return int(re.findall(r"(\d+) generated", printed)[0])


def covered_links(printed: str) -> int:
    return int(re.findall(r"API Links:\s+(\d+) covered", printed)[0])


@pytest.mark.slow
@pytest.mark.server
def test_the_server_keeps_to_its_schema(sqlite, tmp_path):
    printed = fuzzed(sqlite, tmp_path, EVERY_VALUE, 5)

    # Every kind of value that each part of the schema allows and forbids was sent.
    assert generated(printed) > 3000


@pytest.mark.slow
@pytest.mark.server
def test_it_keeps_to_it_when_one_request_follows_from_another(sqlite, tmp_path):
    assert covered_links(fuzzed(sqlite, tmp_path, ONE_AFTER_THE_OTHER, 120)) > 5


@pytest.mark.postgres
def test_on_postgresql_too_it_keeps_to_its_schema(postgres, tmp_path):
    """Text that PostgreSQL cannot store or compare is among what the schema allows."""
    assert generated(fuzzed(postgres, tmp_path, "examples,fuzzing", 3)) > 100


@pytest.mark.slow
@pytest.mark.postgres
def test_on_postgresql_it_keeps_to_its_schema_whatever_is_sent(postgres, tmp_path):
    printed = fuzzed(postgres, tmp_path, EVERY_VALUE, 60, seed=2)

    assert generated(printed) > 5000
    assert covered_links(fuzzed(postgres, tmp_path, ONE_AFTER_THE_OTHER, 300, seed=2)) > 5


@pytest.mark.slow
@pytest.mark.server
def test_on_sqlite_it_keeps_to_its_schema_whatever_is_sent(sqlite, tmp_path):
    assert generated(fuzzed(sqlite, tmp_path, EVERY_VALUE, 60, seed=2)) > 5000
