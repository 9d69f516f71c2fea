"""Errors that no view of the API raises on purpose."""

import pytest

from tests.support.problems import assert_problem
from verification.api import views

pytestmark = pytest.mark.django_db


def test_an_unknown_address(api):
    assert_problem(api.get("/api/v1/nothing/"), 404, "not_found")


def test_an_error_of_ours_tells_nothing_of_the_inside(api, monkeypatch):
    def broken(**_kwargs):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(views, "verification_list", broken)

    body = assert_problem(api.get("/api/v1/verifications/"), 500, "internal_error")
    assert "secret" not in str(body)


def test_too_many_files_in_one_request(api):
    from django.core.files.uploadedfile import SimpleUploadedFile

    many = {f"f{n}": SimpleUploadedFile("a.jpg", b"x") for n in range(30)}

    answer = api.post("/api/v1/verifications/", many)

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
