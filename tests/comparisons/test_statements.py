"""How often a verdict asks the database: every request pays for each statement."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.faces import make_face
from verification import engine
from verification.jobs import pace
from verification.models import Verification
from verification.worker import tasks

URL = "/api/v1/verifications/"
TRANSACTIONS = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")

pytestmark = pytest.mark.django_db


def statements(captured) -> list[str]:
    """What was asked, without the borders of transactions: under test all of it is in one."""
    return [each["sql"] for each in captured if not each["sql"].startswith(TRANSACTIONS)]


def test_a_verdict_on_two_photos_takes_seven_statements(api, monkeypatch):
    monkeypatch.setattr(pace, "_CACHED", 60)
    api.get(URL)  # notes when the key was used
    engine.served_model()  # as a worker loads it at its start
    pace.seconds_to_wait(timezone.now())  # looked up once a second, for all requests
    form = {
        "probe": SimpleUploadedFile("probe.jpg", make_face(1)),
        "reference": SimpleUploadedFile("reference.jpg", make_face(1, 1)),
    }

    with CaptureQueriesContext(connection) as submitting:
        assert api.post(URL, form).status_code == 202
    row = Verification.objects.get()
    with CaptureQueriesContext(connection) as comparing:
        tasks.run(str(row.pk))

    row.refresh_from_db()
    assert row.outcome == "match"
    # The key with its owner, the recorded model, the row.
    assert len(statements(submitting)) == 3, statements(submitting)
    # The claim with the row, own thresholds, the end with the row, webhooks.
    assert len(statements(comparing)) == 4, statements(comparing)
