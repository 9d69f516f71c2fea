"""Requests made up from the schema against the live server: no 5xx, and no answer that the schema
does not allow."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import site

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)


@pytest.mark.xdist_group("servers")
def test_the_server_keeps_to_its_schema(tmp_path):
    # Requests that wait for a worker find none and do not wait.
    with site(tmp_path, FACEVERIFY_WAITERS="0", FACEVERIFY_DEBUG="false") as place:
        key = place.new_key()
        place.start_web()

        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"), "run",
                f"{place.url}/api/v1/schema/?format=json",
                "--url", place.url,
                "--header", f"Authorization: Bearer {key}",
                "--checks", ",".join(CHECKS),
                "--phases", "examples,fuzzing",
                "--max-examples", "5", "--seed", "1", "--generation-deterministic",
                "--no-shrink", "--continue-on-failure",
                "--suppress-health-check", "all", "--warnings", "off", "--workers", "2",
                "--request-timeout", "60", "--no-color",
            ],
            cwd=tmp_path, capture_output=True, text=True, env=place.environment,
        )  # fmt: skip

        assert done.returncode == 0, done.stdout[-60_000:] + done.stderr
        assert "No issues found" in done.stdout, done.stdout[-3000:]
