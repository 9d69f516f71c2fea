"""The description of the API: /api/v1/schema/, docs/openapi.yaml, /api/v1/docs/"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from tests.support.servers import PATIENCE

ROOT = Path(__file__).resolve().parent.parent.parent
COMMITTED = ROOT / "docs/openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def committed() -> dict:
    return yaml.safe_load(COMMITTED.read_text())


def operations(schema: dict):
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method} {path}", methods[method]


def test_the_schema_is_valid_and_open_to_all(db):
    answer = APIClient().get("/api/v1/schema/?format=json")

    assert answer.status_code == 200
    validate_schema(answer.json())
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == answer.json()["info"]["version"]


def test_the_committed_schema_is_the_present_one(tmp_path):
    file = tmp_path / "openapi.yaml"
    made = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", file],
        cwd=ROOT, capture_output=True, timeout=3 * PATIENCE, text=True,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "TF_ENABLE_ONEDNN_OPTS": "0", "PATH": ""},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert file.read_text() == COMMITTED.read_text(), "Run `make schema` and commit the result."


def test_each_operation_names_its_scope_and_its_errors(committed):
    for name, operation in operations(committed):
        if name == "get /api/v1/schema/":
            continue
        assert "A key needs the scope" in operation["description"], name
        assert {"401", "403", "404", "429"} <= operation["responses"].keys(), name


def test_each_body_has_an_example(committed):
    bodies = [
        (name, kind, media)
        for name, operation in operations(committed)
        for part in (operation.get("requestBody", {}), *operation["responses"].values())
        for kind, media in part.get("content", {}).items()
        if kind in ("application/json", "multipart/form-data") and "schema/" not in name
    ]
    shared = committed["components"]["responses"]
    bodies += [
        (name, kind, media) for name, r in shared.items() for kind, media in r["content"].items()
    ]

    assert len(bodies) > 40
    assert [(n, k) for n, k, media in bodies if not {"example", "examples"} & media.keys()] == []


def test_the_reference_comes_from_our_own_files(client):
    answer = client.get("/api/v1/docs/")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "https://" not in text and "http://" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count("<script src=")


def test_the_reference_sends_the_csrf_token_of_the_one_who_reads_it(user):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user)
    script = browser.get("/api/v1/docs/?script=").content.decode()

    token = re.findall(r'headers\["X-CSRFTOKEN"\] = "(\w+)"', script)[0]

    sent = {"name": "Ada"}
    without = browser.post("/api/v1/people/", sent, format="json")
    with_token = browser.post(
        "/api/v1/people/", sent, format="json", headers={"X-CSRFToken": token}
    )
    assert (without.status_code, with_token.status_code) == (403, 201)


def test_each_operation_has_a_title_of_its_own(committed):
    titles = [
        operation["summary"] for _name, operation in operations(committed) if "summary" in operation
    ]

    assert {"List people", "Make a person", "Delete a batch", "Person: merge"} <= set(titles)
    assert len(titles) == len(set(titles))
