"""Who asks for a job's end is told when to ask again, while many wait."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.rows import verification
from verification.batches.models import Batch
from verification.jobs import pace
from verification.jobs.pace import LONGEST, seconds_to_wait

pytestmark = pytest.mark.django_db


def ago(seconds: float):
    return timezone.now() - timedelta(seconds=seconds)


def submit(api, **more):
    photos = {"probe": photo(1), "reference": photo(2)}
    files = {name: SimpleUploadedFile("a.jpg", content) for name, content in photos.items()}
    return api.post("/api/v1/verifications/", files, **more)


@pytest.mark.parametrize(
    ("first", "mine", "told"),
    [
        (10.5, 0, 11),  # a new one will wait for as long as the first has
        (10.5, 4, 7),
        (10.5, 9.9, 3),  # not at once again and again
        (10.5, 60, 3),  # another queue's, or one that takes its time
        (1.5, 1.4, 1),
        (500, 0, LONGEST),
    ],
)
def test_the_first_in_the_queue_shows_how_long_it_takes(user, first, mine, told):
    verification(user, enqueued_at=ago(first))
    verification(user, enqueued_at=ago(0.1))

    assert seconds_to_wait(ago(mine)) == told


def test_a_short_queue_asks_for_nothing(user):
    assert seconds_to_wait(ago(30)) is None
    verification(user, enqueued_at=ago(0.2))
    cache.clear()

    assert seconds_to_wait(ago(30)) is None


def test_what_comparisons_do_not_wait_for_is_no_sign_of_a_queue(user):
    verification(user, "running", enqueued_at=ago(60))
    verification(user, "done", enqueued_at=ago(60))
    verification(user, enqueued_at=ago(60), due_at=timezone.now() + timedelta(hours=1))
    Batch.objects.create(owner=user, title="bulk", total=1, enqueued_at=ago(60))
    anchor(person(user), "pending", enqueued_at=ago(60))  # photos wait until no comparison does

    assert seconds_to_wait(ago(0)) is None


def test_the_queue_is_not_looked_at_for_each_answer(user, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(pace, "_CACHED", 60)
    verification(user, enqueued_at=ago(10))
    seconds_to_wait(ago(0))

    with django_assert_num_queries(0):
        assert seconds_to_wait(ago(0)) is not None


def test_answers_of_the_api_say_it(api, user):
    verification(user, enqueued_at=ago(10.5))
    pending, running, done = (verification(user, state) for state in ("pending", "running", "done"))
    url = "/api/v1/verifications/"

    def told(path: str) -> str | None:
        return api.get(path).headers.get("Retry-After")

    assert [told(f"{url}{row.pk}/") for row in (pending, running, done)] == ["11", "11", None]
    assert told(url) is None
    assert told(f"{url}{uuid4()}/") is None


def test_so_does_the_answer_to_a_submission(api, user):
    verification(user, enqueued_at=ago(10.5))

    answer = submit(api)

    assert answer.status_code == 202
    assert answer["Retry-After"] == "11"


def test_and_the_one_that_a_repetition_gets(api, user):
    headers = {"Idempotency-Key": "once"}
    submit(api, headers=headers)
    verification(user, enqueued_at=ago(10.5))
    cache.clear()

    assert submit(api, headers=headers)["Retry-After"] == "11"


def test_a_database_that_is_lost_then_does_not_spoil_the_answer(api, user, monkeypatch):
    def lost(_queue):
        raise OperationalError("gone")

    monkeypatch.setattr(pace, "waiting_rows", lost)

    answer = submit(api)

    assert answer.status_code == 202
    assert "Retry-After" not in answer.headers
