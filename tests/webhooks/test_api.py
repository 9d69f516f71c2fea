"""/api/v1/webhooks/: made, changed, rotated and deleted by their owner alone."""

import json
from uuid import uuid4

import pytest

from tests.support.clients import program
from tests.support.present import present
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification.models import Delivery, Webhook
from verification.webhooks.services import secrets_of, webhook_create

URL = "/api/v1/webhooks/"
ADDRESS = "https://receiver.example.org/hook?x=1"
EVENTS = ["verification.completed", "import.completed"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(user):
    return program(user, ["admin", "verify", "history:read"])


@pytest.fixture
def stranger_api(stranger):
    return program(stranger, ["admin"])


@pytest.fixture
def webhook(user):
    return webhook_create(owner=user, url=ADDRESS, events=EVENTS)[0]


def test_made_with_a_secret_that_is_shown_once(api):
    answer = api.post(URL, {"url": ADDRESS, "events": EVENTS[:1]}, format="json")

    assert answer.status_code == 201
    secret = answer.json()["secret"]
    assert secret.startswith("whsec_")
    row = Webhook.objects.get()
    assert secrets_of(row) == [secret]
    assert secret.encode() not in bytes(row.secret)
    assert "secret" not in api.get(f"{URL}{row.pk}/").json()
    assert [each["id"] for each in api.get(URL).json()["results"]] == [str(row.pk)]


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({}, "url"),
        ({"events": []}, "events"),
        ({"events": ["world.ended"]}, "events.0"),
        ({"url": "http://receiver.example.org/"}, "url"),
        ({"url": "ftp://receiver.example.org/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://user:word@receiver.example.org/"}, "url"),
        ({"url": "https://receiver.example.org/#part"}, "url"),
        ({"url": "https://receiver.example.org:99999/"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "https://169.254.169.254/latest/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://receiver.example.org/\nx: y"}, "url"),
        ({"url": "https://" + "x" * 2000}, "url"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(api, fields, at):
    body = {"url": ADDRESS, "events": EVENTS, **fields} if fields else {"events": EVENTS}

    problem = assert_problem(api.post(URL, body, format="json"), 400, "invalid")

    assert at in problem["errors"]
    assert not Webhook.objects.exists()


def test_no_more_than_ten(api, user):
    for _ in range(10):
        webhook_create(owner=user, url=ADDRESS, events=EVENTS)

    answer = api.post(URL, {"url": ADDRESS, "events": EVENTS}, format="json")

    assert (
        "delete one first" in assert_problem(answer, 400, "invalid")["errors"]["url"][0]["detail"]
    )
    assert Webhook.objects.count() == 10


def test_changed(api, webhook):
    answer = api.patch(
        f"{URL}{webhook.pk}/", {"enabled": False, "description": "door"}, format="json"
    )

    assert answer.status_code == 200
    assert (answer.json()["enabled"], answer.json()["description"]) == (False, "door")
    assert answer.json()["url"] == ADDRESS
    wrong = api.patch(f"{URL}{webhook.pk}/", {"url": "https://10.0.0.1/"}, format="json")
    assert_problem(wrong, 400, "invalid")
    webhook.refresh_from_db()
    assert webhook.url == ADDRESS


def test_a_rotated_secret_leaves_the_former_one_valid_for_a_day(api, webhook):
    before = secrets_of(webhook)

    answer = api.post(f"{URL}{webhook.pk}/rotate/")

    webhook.refresh_from_db()
    assert secrets_of(webhook) == [answer.json()["secret"], *before]
    webhook.former_until = webhook.created_at
    assert secrets_of(webhook) == [answer.json()["secret"]]


def test_a_finished_verification_is_sent_to_the_webhooks_that_subscribe_to_it(api, user, webhook):
    from verification.jobs.claims import claim, end_failed

    others = {
        "off": webhook_create(owner=user, url=ADDRESS, events=EVENTS)[0],
        "import": webhook_create(owner=user, url=ADDRESS, events=EVENTS[1:])[0],
    }
    api.patch(f"{URL}{others['off'].pk}/", {"enabled": False}, format="json")
    row = verification(user)

    end_failed(present(claim(type(row), pk=row.pk, worker=None)), "internal_error")

    (delivery,) = api.get(f"{URL}{webhook.pk}/deliveries/").json()["results"]
    assert (delivery["event"], delivery["state"], delivery["log"]) == (
        "verification.completed",
        "pending",
        [],
    )
    assert f'"id":"{row.pk}"' in delivery["body"]
    assert '"state":"failed"' in delivery["body"]
    assert Delivery.objects.count() == 1
    assert api.get(f"/api/v1/webhook_deliveries/{delivery['id']}/").json() == delivery


def test_a_delivery_is_sent_again_by_hand(api, user, webhook):
    api.post(f"{URL}{webhook.pk}/test/")
    delivery = Delivery.objects.get()
    Delivery.objects.filter(pk=delivery.pk).update(
        state="failed", failure_code="not_delivered", finished_at=delivery.created_at, tries=9
    )

    answer = api.post(f"/api/v1/webhook_deliveries/{delivery.pk}/resend/")

    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["failure_code"]) == ("pending", "")
    delivery.refresh_from_db()
    assert (delivery.tries, delivery.finished_at) == (0, None)


def test_tests_do_not_pile_up(api, webhook):
    for _ in range(5):
        assert api.post(f"{URL}{webhook.pk}/test/").status_code == 202

    assert_problem(api.post(f"{URL}{webhook.pk}/test/"), 409, "conflict")
    assert Delivery.objects.count() == 5


def test_the_log_takes_as_many_queries_for_2_as_for_20(api, webhook, django_assert_num_queries):
    from verification.webhooks.services import event_emit

    api.get(URL)  # notes that the key was used
    for count in (2, 20):
        while Delivery.objects.count() < count:
            event_emit(owner_id=webhook.owner_id, event=EVENTS[0], data={"n": 1})
        with django_assert_num_queries(4):  # key, webhook, deliveries, tries
            assert len(api.get(f"{URL}{webhook.pk}/deliveries/").json()["results"]) == count


def requests_of(client, webhook, delivery):
    one = f"{URL}{webhook.pk}/"
    return [
        client.get(one),
        client.patch(one, {"enabled": False}, format="json"),
        client.delete(one),
        client.post(f"{one}rotate/"),
        client.post(f"{one}test/"),
        client.get(f"{one}deliveries/"),
        client.get(f"/api/v1/webhook_deliveries/{delivery.pk}/"),
        client.post(f"/api/v1/webhook_deliveries/{delivery.pk}/resend/"),
    ]


def test_a_stranger_and_nobody_find_nothing_and_change_nothing(
    api, stranger_api, anonymous_api, webhook
):
    api.post(f"{URL}{webhook.pk}/test/")
    delivery = Delivery.objects.get()
    before = Webhook.objects.values().get()

    for answer in requests_of(stranger_api, webhook, delivery):
        assert_problem(answer, 404, "not_found")
    for answer in requests_of(anonymous_api, webhook, delivery):
        assert_problem(answer, 401, "not_authenticated")
    assert stranger_api.get(URL).json()["results"] == []
    assert Webhook.objects.values().get() == before
    assert Delivery.objects.count() == 1


def test_deleted_with_its_log(api, webhook):
    api.post(f"{URL}{webhook.pk}/test/")

    assert api.delete(f"{URL}{webhook.pk}/").status_code == 204

    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()
    assert api.get(f"{URL}{uuid4()}/").status_code == 404


def test_a_key_without_the_scope_is_refused_and_changes_nothing(user, webhook):
    api = program(user, ["verify", "gallery:read", "gallery:write", "history:read"])

    assert_problem(api.get(URL), 403, "missing_scope")
    assert_problem(api.delete(f"{URL}{webhook.pk}/"), 403, "missing_scope")
    assert Webhook.objects.filter(pk=webhook.pk).exists()


def test_a_finished_import_and_batch_are_sent_as_well(api, user):
    from tests.support.pair_lists import LIST_BYTES, archive
    from verification.batches.services import batch_create
    from verification.jobs.claims import claim, end_failed
    from verification.models import GalleryImport

    webhook = webhook_create(
        owner=user, url=ADDRESS, events=["import.completed", "batch.completed"]
    )
    jobs = {
        "import.completed": GalleryImport.objects.create(owner=user),
        "batch.completed": batch_create(
            owner=user, pairs=LIST_BYTES, archive=archive({"a.jpg": b"\xff\xd8\xff"})
        ),
    }

    for job in jobs.values():
        end_failed(present(claim(type(job), pk=job.pk, worker=None)), "internal_error")

    deliveries = api.get(f"{URL}{webhook[0].pk}/deliveries/").json()["results"]
    assert {each["event"] for each in deliveries} == set(jobs)
    for each in deliveries:
        data = json.loads(each["body"])["data"]
        assert (data["id"], data["state"]) == (str(jobs[each["event"]].pk), "failed")
    assert not GalleryImport.objects.filter(state="running").exists()
