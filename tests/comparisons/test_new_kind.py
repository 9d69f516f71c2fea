"""A new kind of comparison is one file and one line in the registry: nothing else knows the kinds."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.comparisons.mirrored import MIRRORED
from tests.support.clients import browser, program
from tests.support.faces import make_face
from verification.comparisons.kinds import registry
from verification.models import Verification
from verification.worker import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.comparisons.mirrored")]


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(registry.KINDS, MIRRORED.name, MIRRORED)


@pytest.fixture
def row(user) -> Verification:
    """Handed in on the kind's page, and carried out by the task."""
    photo = SimpleUploadedFile("me.jpg", make_face(1))
    answer = browser(user).post("/compare/mirrored/", {"probe": photo, "false_match_rate": "0.001"})
    assert answer.status_code == 302, answer.content
    row = Verification.objects.get()
    assert answer["Location"] == f"/verifications/{row.pk}/"
    tasks.run(str(row.pk))
    row.refresh_from_db()
    return row


def test_its_page_shows_the_form(user):
    page = browser(user).get("/compare/mirrored/")

    assert page.status_code == 200
    assert 'name="probe"' in page.content.decode()


def test_the_worker_stores_its_verdict(row):
    assert (row.kind, row.state, row.outcome) == ("mirrored", "done", "match")
    assert row.probe_crop and row.reference_crop


def test_its_result_page_speaks_its_words(user, row):
    page = browser(user).get(f"/verifications/{row.pk}/").content.decode()

    assert "Looks the same in the mirror" in page
    assert "me.jpg in the mirror" in page
    assert "lopsided faces would be called a match." in page
    assert "even-sided indeed" in page
    assert '<a class="button button--primary" href="/compare/mirrored/">Mirror another</a>' in page


def test_the_history_calls_it_by_its_label(user, row):
    page = browser(user).get("/history/").content.decode()

    assert "Even-sided" in page


def test_the_api_shows_it_like_any_other(user, row):
    shown = program(user).get(f"/api/v1/verifications/{row.pk}/").json()

    assert (shown["kind"], shown["outcome"]) == ("mirrored", "match")
    assert shown["faces"]["probe"]["index"] == 0


def test_it_is_reviewed_counted_and_exported_like_any_other(user, row):
    api = program(user)

    said = api.put(f"/api/v1/verifications/{row.pk}/review/", {"answer": "right"})

    assert said.status_code == 200
    assert api.get("/api/v1/agreement/").json()["total"]["right"] == 1
    assert api.get("/api/v1/reviewed_pairs/").status_code == 200
