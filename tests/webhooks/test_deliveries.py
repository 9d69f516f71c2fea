"""A real worker sends to a real receiver: signed, again after a failure, also when it is killed."""

import json
import threading

import pytest
import requests

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.receiver import Receiver
from tests.support.servers import eventually


@pytest.fixture(scope="module")
def client(place):
    return Client(place, place.new_key(scopes=["admin", "verify", "history:read"]))


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


class Webhook:
    """A webhook of the owner's, through the API."""

    def __init__(self, client, url):
        self.client, self.base = client, f"{client.site.url}/api/v1"
        made = self.call(
            "POST", "/webhooks/", json={"url": url, "events": ["verification.completed"]}
        )
        self.id, self.secret = made["id"], made["secret"]

    def call(self, method, path, **options):
        answer = self.client.session.request(method, self.base + path, timeout=60, **options)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def deliveries(self):
        return self.call("GET", f"/webhooks/{self.id}/deliveries/")["results"]

    def settled(self):
        """The only delivery, once it is delivered or given up."""
        return eventually(
            lambda: (d := self.deliveries()) and d[0]["state"] in ("delivered", "failed") and d[0],
            "the delivery to be over",
        )


@pytest.fixture
def webhook(client, receiver):
    webhook = Webhook(client, receiver.url)
    yield webhook
    webhook.call("DELETE", f"/webhooks/{webhook.id}/")


def test_a_verdict_is_sent_signed_and_without_a_face(worker, client, receiver, webhook):
    id = client.submit(make_face(1), make_face(1, 1), title="secret title").json()["id"]

    delivery = webhook.settled()
    (message,) = receiver.received
    assert message.is_signed_with(webhook.secret)
    assert message.headers["webhook-id"] == f"msg_{delivery['id'].replace('-', '')}"
    body = message.json
    assert body["type"] == "verification.completed"
    assert (body["data"]["id"], body["data"]["outcome"]) == (id, "match")
    assert set(body["data"]) == {
        "id", "kind", "state", "outcome", "leaning", "refusal_code", "failure_code", "person", "source",
        "created_at", "finished_at",
    }  # fmt: skip
    assert [(each["status"], each["error"]) for each in delivery["log"]] == [(204, "")]


def test_both_secrets_sign_after_a_rotation(worker, client, receiver, webhook):
    new = webhook.call("POST", f"/webhooks/{webhook.id}/rotate/")["secret"]
    webhook.call("POST", f"/webhooks/{webhook.id}/test/")

    webhook.settled()
    (message,) = receiver.received
    assert message.json["type"] == "webhook.test"
    assert message.is_signed_with(new)
    assert message.is_signed_with(webhook.secret)


def test_a_failure_is_tried_again_with_the_same_message(worker, client, receiver, webhook):
    receiver.answers = [500]
    client.submit(make_face(1), make_face(2))

    delivery = webhook.settled()

    first, second = receiver.received
    assert delivery["state"] == "delivered"
    assert [each["status"] for each in delivery["log"]] == [500, 204]
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.is_signed_with(webhook.secret)


def test_after_failures_the_others_wait_as_well_and_nothing_is_lost(
    worker, client, receiver, webhook
):
    receiver.answers = [503, 503]
    for other in (1, 2, 3):
        client.finished(client.submit(make_face(1), make_face(other)).json()["id"])

    deliveries = eventually(
        lambda: (d := webhook.deliveries()) and {e["state"] for e in d} == {"delivered"} and d,
        "all to be delivered",
    )
    assert len(deliveries) == 3
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 3


def test_a_failed_test_is_shown_at_once_and_not_repeated(worker, receiver, webhook):
    receiver.answers = [418]
    webhook.call("POST", f"/webhooks/{webhook.id}/test/")

    delivery = webhook.settled()

    assert (delivery["state"], delivery["failure_code"]) == ("failed", "not_delivered")
    assert [each["status"] for each in delivery["log"]] == [418]


def test_a_receiver_that_wants_no_more_gets_no_more(worker, client, receiver, webhook):
    receiver.answers = [410]
    client.submit(make_face(1), make_face(2))

    assert webhook.settled()["state"] == "failed"
    assert webhook.call("GET", f"/webhooks/{webhook.id}/")["enabled"] is False
    client.finished(client.submit(make_face(1), make_face(2)).json()["id"])
    assert len(webhook.deliveries()) == 1


def test_sigkill_in_mid_delivery_loses_nothing(worker, client, receiver, webhook):
    receiver.held = threading.Event()
    webhook.call("POST", f"/webhooks/{webhook.id}/test/")
    eventually(lambda: receiver.received, "the first try")

    worker.kill_worker()
    receiver.held.set()
    assert webhook.deliveries()[0]["state"] == "running"
    worker.start_worker()

    delivery = webhook.settled()
    assert delivery["state"] == "delivered"
    assert len(receiver.received) == 2
    assert len({message.headers["webhook-id"] for message in receiver.received}) == 1


def test_sent_again_by_hand(worker, client, receiver, webhook):
    client.submit(make_face(1), make_face(2))
    delivery = webhook.settled()

    webhook.call("POST", f"/webhook_deliveries/{delivery['id']}/resend/")

    eventually(lambda: len(webhook.settled()["log"]) == 2, "the second delivery")
    assert receiver.received[0].body == receiver.received[1].body
    assert json.loads(delivery["body"]) == receiver.received[0].json


def test_a_deleted_webhook_gets_nothing(worker, client, receiver):
    webhook = Webhook(client, receiver.url)
    receiver.answers = [500]
    client.submit(make_face(1), make_face(2))
    eventually(lambda: receiver.received, "the first try")

    webhook.call("DELETE", f"/webhooks/{webhook.id}/")

    assert requests.get(
        f"{webhook.base}/webhooks/{webhook.id}/", headers=client.session.headers, timeout=60
    ).status_code == 404  # fmt: skip
    client.finished(client.submit(make_face(1), make_face(2)).json()["id"])
    assert len(receiver.received) == 1
