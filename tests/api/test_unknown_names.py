"""What a request says and its address does not know is an error by name, at every address."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from accounts.models import ApiKey
from tests.api.test_matrix import MATRIX
from tests.support.clients import program
from tests.support.people import person
from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.things import upload
from verification.gallery.models import Anchor, Person

ROOT = "/api/v1/"
DESCRIPTION = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs/openapi.yaml").read_text()
)
OPERATIONS = [
    (method, path, described)
    for path, methods in DESCRIPTION["paths"].items()
    for method, described in methods.items()
    if method in ("get", "post", "put", "patch", "delete") and path != f"{ROOT}schema/"
]
operations = pytest.mark.parametrize(
    ("method", "path", "described"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS]
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(user):
    return program(user, [scope for scopes in MATRIX.values() for scope in scopes[2]])


def address(path: str, query: str = "") -> str:
    return re.sub(r"\{\w+\}", str(uuid4()), path) + query


@operations
def test_a_query_parameter_that_is_not_known(everything, method, path, described):
    answer = getattr(everything, method)(address(path, "?colour=red"))

    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert errors["colour"][0]["code"] == "unknown_parameter"


@operations
def test_those_described_are_known(everything, method, path, described):
    for parameter in described.get("parameters", ()):
        if parameter.get("in") == "query":
            answer = getattr(everything, method)(address(path, f"?{parameter['name']}=0"))
            assert "unknown_parameter" not in str(answer.content), parameter["name"]


@operations
def test_a_field_that_is_not_known(everything, method, path, described):
    if method == "get" or (re.search(r"\{\w+\}", path) and "requestBody" in described):
        return  # the thing comes first, where there is one to find

    answer = getattr(everything, method)(address(path), {"colour": "red"}, format="json")

    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert errors["colour"][0]["code"] == "unknown_field"


@pytest.mark.parametrize("format", ["json", "multipart"])
def test_nothing_is_made_and_the_field_meant_is_named(api, format):
    answer = api.post(f"{ROOT}people/", {"name": "Ada", "nots": "tall"}, format=format)

    assert_problem(answer, 400, "invalid")
    assert answer.json()["errors"] == {
        "nots": [{"detail": "There is no such field. Do you mean note?", "code": "unknown_field"}]
    }
    assert not Person.objects.exists()


def test_a_field_that_is_only_read_is_not_dropped_either(api, user):
    ada = person(user)

    answer = api.patch(f"{ROOT}people/{ada.pk}/", {"note": "x", "cover": None}, format="json")

    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert errors["cover"][0]["code"] == "read_only_field"
    ada.refresh_from_db()
    assert ada.note == ""


def test_things_that_exist(api, user):
    ada, bea = person(user), person(user, "Bea")
    sent = {"other": str(bea.pk), "keep_name": True}

    merge = api.post(f"{ROOT}people/{ada.pk}/merge/", sent, format="json")
    photos = api.post(f"{ROOT}people/{ada.pk}/anchors/", {"image": upload(), "face": "0"})

    assert_problem(merge, 400, "invalid")
    assert "face" in assert_problem(photos, 400, "invalid")["errors"]
    assert not Anchor.objects.exists()
    assert Person.objects.count() == 2


def test_where_the_body_is_the_photo_the_query_has_the_other_fields(api, user):
    ada = person(user)
    path = f"{ROOT}people/{ada.pk}/anchors/"

    wrong = api.post(f"{path}?face=0", photo(1), content_type="image/jpeg")
    right = api.post(f"{path}?face_index=0", photo(1), content_type="image/jpeg")

    assert "face" in assert_problem(wrong, 400, "invalid")["errors"]
    assert right.status_code == 202


def test_lists_in_forms_and_many_photos_are_known(api):
    made = api.post(f"{ROOT}people/", {"name": "Ada", "tags[0]": "one", "tags[1]": "two"})
    search = api.post(
        f"{ROOT}searches/?wait=0", {"probe": upload(), "photos": [upload(2), upload(3)]}
    )

    assert made.json()["tags"] == ["one", "two"]
    assert search.status_code == 202


def test_a_pair_of_a_list_in_json(api):
    pairs = [{"probe": "a.jpg", "reference": "b.jpg", "weight": 2}]

    answer = api.post(f"{ROOT}batches/", {"pairs": pairs, "archive": "UEs="}, format="json")

    detail = assert_problem(answer, 400, "invalid")["errors"]["pairs"][0]["detail"]
    assert "Pair 1 has a field weight" in detail


def test_a_key_is_not_changed(everything):
    made = everything.post(f"{ROOT}keys/", {"name": "a"}, format="json").json()

    answer = everything.patch(f"{ROOT}keys/{made['id']}/", {"expires": None}, format="json")

    assert "Do you mean expires_at?" in str(assert_problem(answer, 400, "invalid"))
    assert ApiKey.objects.get(pk=made["id"]).name == "a"
