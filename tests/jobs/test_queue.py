"""The message of a row is the one that Celery makes."""

from celery import current_app
from kombu import Producer

from verification.comparisons.models import Verification
from verification.jobs.queue import publish
from verification.jobs.queues import FIRST, INTERACTIVE

DIFFERENT = ("id", "root_id", "timelimit")  # what is not in a message, a worker reads from the task


def test_a_message_says_what_celery_would_have_it_say(monkeypatch):
    made = []
    monkeypatch.setattr(
        Producer, "publish", lambda _self, body, **options: made.append((body, options))
    )

    current_app.send_task(Verification.TASK, args=["a row"])
    publish(Verification.TASK, ["a row"], INTERACTIVE, FIRST)

    (their_body, theirs), (our_body, ours) = made
    assert our_body == their_body
    for name in ("exchange", "routing_key", "serializer", "reply_to"):
        assert ours[name] == theirs[name], name
    assert _compared(ours["headers"]) == _compared(theirs["headers"])
    assert ours["correlation_id"] == ours["headers"]["id"] == ours["headers"]["root_id"]
    assert ours["correlation_id"] != theirs["correlation_id"]


def _compared(headers: dict) -> dict:
    assert all(name in headers for name in DIFFERENT)
    return {name: value for name, value in headers.items() if name not in DIFFERENT}
