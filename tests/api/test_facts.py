"""/api/v1/models/, /api/v1/operating_points/ and /api/v1/usage/"""

import json

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.faces import make_face, no_face, two_faces
from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.rows import verification
from tests.support.submissions import submit_group, submit_identify, submit_pair, submit_photos
from verification import engine
from verification.engine import record
from verification.gallery import services
from verification.photos.storage import EncryptedStorage
from verification.worker import tasks

MODELS, POINTS, USAGE = "/api/v1/models/", "/api/v1/operating_points/", "/api/v1/usage/"

pytestmark = pytest.mark.django_db


def test_the_model_says_who_it_is_and_how_good(api):
    (model,) = api.get(MODELS).json()["results"]

    assert {k: model[k] for k in ("name", "version", "sha256")} == vars(engine.model_identity())
    assert model["active"] is True
    assert 0 < model["equal_error_rate"] < 0.5
    assert model["embedding_size"] == {"duo": 320, "resnet29": 128}[model["name"]]
    assert all(tower["name"] and tower["license"] for tower in model["towers"])


def test_operating_points_go_from_relaxed_to_strict(api):
    body = api.get(POINTS).json()

    assert [p["false_match_rate"] for p in body["results"]] == list(engine.offered_rates())
    thresholds = [p["threshold"] for p in body["results"]]
    assert thresholds == sorted(thresholds)
    assert body["usual"] == 0.001
    # Where people are told apart does not depend on how strict a match is.
    assert len({p["band"]["low"] for p in body["results"]}) == 1
    assert body["no_match_chance"] == 0.1


def test_a_model_without_a_rate_offers_those_it_has(api, settings, tmp_path):
    manifest = json.loads((record.folder() / "manifest.json").read_text())
    manifest["operating_points"].pop("1e-5", None)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    settings.FACEVERIFY_MODEL = str(tmp_path)
    photos = {name: SimpleUploadedFile("a.jpg", photo(1)) for name in ("probe", "reference")}

    body = api.post("/api/v1/verifications/", photos | {"false_match_rate": "0.00001"}).json()

    (error,) = body["errors"]["false_match_rate"]
    assert error["detail"] == "Choose one of 0.01, 0.001, 0.0001."


@pytest.mark.parametrize("url", [MODELS, POINTS])
def test_a_model_that_cannot_be_read_is_told_as_such(api, settings, tmp_path, url):
    settings.FACEVERIFY_MODEL = tmp_path / "secret-folder"

    body = assert_problem(api.get(url), 503, "model_unavailable")
    assert "secret-folder" not in str(body)


def test_usage_counts_rows_and_files_of_the_owner_only(api, user, stranger_api, stranger):
    verification(user)
    ada = services.person_create(owner=user, name="Ada")
    services.anchor_add(person=ada, data=photo(3))

    body, theirs = api.get(USAGE).json(), stranger_api.get(USAGE).json()

    assert (body["verifications"], body["people"], body["anchors"]) == (1, 1, 1)
    assert body["files"] == 3
    assert body["bytes"] > 3 * 1000
    assert (theirs["verifications"], theirs["files"], theirs["bytes"]) == (0, 0, 0)


def test_the_bytes_are_those_on_the_disk_whatever_a_worker_wrote(api, user):
    """After a pair, a search with a refused photo, an identification, a group photo, an anchor."""
    ada = services.person_create(owner=user, name="Ada")
    anchors = [services.anchor_add(person=ada, data=make_face(0, n)) for n in (0, 1)]
    for anchor in anchors:
        tasks.embed(str(anchor.pk))
    rows = [
        submit_pair(owner=user, probe=make_face(0), reference=make_face(0, 1)),
        submit_photos(
            owner=user, probe=make_face(0), photos=[("a", make_face(1)), ("b", no_face())]
        ),
        submit_identify(owner=user, probe=make_face(0, 2)),
        submit_group(owner=user, probe=two_faces(0, 1)),
    ]
    for row in rows:
        tasks.run(str(row.pk))
    services.anchor_delete(anchor=anchors[1])  # it can be undone: its files are there

    body = api.get(USAGE).json()

    on_disk = [
        file
        for root in ("verifications", "anchors")
        for file in (settings.MEDIA_ROOT / root / str(user.pk)).rglob("*")
        if file.is_file()
    ]
    assert (body["verifications"], body["anchors"]) == (4, 1)
    assert body["files"] == len(on_disk) > 12
    assert body["bytes"] == sum(file.stat().st_size for file in on_disk)


def test_usage_looks_at_no_file(api, user, monkeypatch):
    verification(user)
    before = api.get(USAGE).json()

    def looked(*_args, **_options):
        raise AssertionError("The storage was asked.")

    for method in ("size", "listdir", "exists", "_open"):
        monkeypatch.setattr(EncryptedStorage, method, looked)
        monkeypatch.setattr(FileSystemStorage, method, looked)

    after = api.get(USAGE).json()
    assert (after["files"], after["bytes"]) == (before["files"], before["bytes"])
    assert after["files"] == 2


def test_usage_says_what_is_left_of_the_rates_and_takes_nothing_of_the_photos(api):
    rates = [{r["name"]: r for r in api.get(USAGE).json()["rates"]} for _ in range(2)]

    assert rates[0].keys() == {"user", "key", "submit"}
    assert rates[1]["key"]["remaining"] == rates[0]["key"]["remaining"] - 1
    assert rates[1]["submit"]["remaining"] == rates[1]["submit"]["quota"]


@pytest.mark.parametrize(("url", "queries"), [(MODELS, 2), (POINTS, 2), (USAGE, 15)])
def test_the_number_of_queries_does_not_grow(api, user, django_assert_num_queries, url, queries):
    api.get(url)  # notes that the key was used
    for n in (1, 5):
        for _ in range(n):
            verification(user)
        # The key with its owner, and the recorded model; usage: four sums; storage: seven, and the quota.
        with django_assert_num_queries(queries):
            api.get(url)


def test_anonymous_is_told_to_authenticate(anonymous_api):
    for url in (MODELS, POINTS, USAGE):
        assert_problem(anonymous_api.get(url), 401, "not_authenticated")
