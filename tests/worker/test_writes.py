"""A worker's connection does not wait for the disk; the web's does."""

import pytest
from django.db import connection

from verification.worker.celery_hooks import write_without_flushing

pytestmark = pytest.mark.django_db(transaction=True)
FULL, NORMAL = 2, 1


def synchronous() -> int:
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]


def test_the_web_waits_for_the_disk_and_a_worker_does_not():
    if connection.vendor != "sqlite":
        pytest.skip("this asks SQLite")
    assert synchronous() == FULL

    write_without_flushing(connection=connection)
    try:
        assert synchronous() == NORMAL
    finally:
        connection.close()
