"""What the database itself refuses to store of a job."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from tests.support.rows import verification
from verification.models import Verification

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "values",
    [
        {"state": "asleep"},
        {"state": "done"},
        {"state": "refused"},
        {"state": "failed", "finished_at": NOW},
        {"state": "running"},
        {"outcome": "match"},
        {"refusal_code": "no_face_found"},
        {"failure_code": "worker_lost"},
        {"claim_token": UUID(int=1)},
        {"finished_at": NOW},
        {"similarity": 1.5},
        {"band_low": 0.7, "band_high": 0.2},
    ],
    ids=str,
)
def test_the_database_refuses_a_row_that_makes_no_sense(user, values):
    row = verification(user)

    with pytest.raises(IntegrityError), transaction.atomic():
        Verification.objects.filter(pk=row.pk).update(**values)
