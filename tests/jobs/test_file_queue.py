"""The queue in a folder: beside the messages nothing is stored that a full disk or a killed process could leave
half written."""

import itertools
from pathlib import Path

import pytest
from kombu import Connection, Exchange, Queue

from verification.jobs.queues import FIRST, LATER

QUEUE = Queue(
    "letters", Exchange("letters"), routing_key="letters"
)  # kombu knows others of this process


@pytest.fixture
def connection(tmp_path):
    folder = tmp_path / "messages"
    folder.mkdir()
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    with Connection(
        "filesystem://",
        transport="faceverify.celery_filesystem:Transport",
        transport_options=options,
    ) as found:
        yield found


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_worker_that_starts_writes_nothing(connection, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where kombu keeps its tables unless told otherwise

    QUEUE(connection.channel()).declare()

    assert files(tmp_path) == []


@pytest.mark.parametrize("exchange", ["", "letters"])
def test_a_message_reaches_its_queue_by_name_and_by_exchange(connection, tmp_path, exchange):
    queue = QUEUE(connection.channel())
    queue.declare()

    connection.Producer().publish({"id": 7}, exchange=exchange, routing_key="letters")

    (stored,) = files(tmp_path)
    message = queue.get(no_ack=True)
    assert stored.endswith(".letters.msg")
    assert message is not None and message.payload == {"id": 7}
    assert files(tmp_path) == []


def test_a_message_that_comes_first_is_taken_before_older_ones_that_come_later(
    connection, monkeypatch
):
    monkeypatch.setattr("faceverify.celery_filesystem.time.time", itertools.count(1).__next__)
    queue = QUEUE(connection.channel())
    queue.declare()
    producer = connection.Producer()

    for word in ("photo", "another photo"):
        producer.publish(word, exchange="", routing_key="letters", priority=LATER)
    producer.publish("comparison", exchange="", routing_key="letters", priority=FIRST)
    producer.publish("of no priority", exchange="", routing_key="letters")

    taken = [message.payload for _ in range(4) if (message := queue.get(no_ack=True))]
    assert taken == ["comparison", "of no priority", "photo", "another photo"]
