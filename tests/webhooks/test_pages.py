"""/account/webhooks/ and its pages."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from tests.support.people import words
from verification.models import Delivery, DeliveryAttempt, Webhook
from verification.webhooks.services import secrets_of, webhook_create, webhook_test

URL = "/account/webhooks/"
ADDRESS = "https://receiver.example.org/hook"
EVENTS = ["verification.completed"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhook(user):
    return webhook_create(owner=user, url=ADDRESS, events=EVENTS)[0]


@pytest.fixture
def delivery(webhook):
    return webhook_test(webhook=webhook)


def secret_in(page) -> str:
    return re.findall(r'<code id="secret">(whsec_[^<]+)</code>', page.content.decode())[0]


def test_a_new_webhook_shows_its_secret_once(owner):
    page = owner.post(URL, {"url": ADDRESS, "events": EVENTS, "description": "door"})

    assert page.status_code == 201
    assert [secret_in(page)] == secrets_of(Webhook.objects.get())
    assert "no-store" in page["Cache-Control"]
    again = owner.get(URL).content.decode()
    assert ADDRESS in again
    assert "whsec_" not in again


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": ""}, "Give the address"),
        ({"url": "http://receiver.example.org/"}, "start with https://"),
        ({"url": "https://192.168.0.1/"}, "not on the open Internet"),
        ({"events": []}, "Choose at least one event"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(owner, fields, says):
    page = owner.post(URL, {"url": ADDRESS, "events": EVENTS, **fields})

    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Webhook.objects.exists()


def test_changed_and_switched_off(owner, webhook):
    one = reverse("webhook", args=[webhook.pk])

    owner.post(one, {"url": f"{ADDRESS}/new", "events": ["import.completed"]})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events) == (f"{ADDRESS}/new", ["import.completed"])

    page = owner.post(reverse("webhook_switch", args=[webhook.pk]), {"enabled": "no"}, follow=True)
    assert "The webhook is off" in page.content.decode()
    webhook.refresh_from_db()
    assert not webhook.enabled


def test_rotating_asks_first_and_shows_the_new_secret(owner, webhook):
    before = secrets_of(webhook)
    url = reverse("webhook_rotate", args=[webhook.pk])

    assert "both secrets" in owner.get(url).content.decode()
    webhook.refresh_from_db()
    assert secrets_of(webhook) == before

    page = owner.post(url)
    webhook.refresh_from_db()
    assert secrets_of(webhook) == [secret_in(page), *before]


def test_the_log_tells_each_try(owner, webhook, delivery):
    one = reverse("webhook", args=[webhook.pk])
    assert 'hx-trigger="every 1s"' in owner.get(one).content.decode()
    DeliveryAttempt.objects.create(delivery=delivery, milliseconds=12, status=503)
    DeliveryAttempt.objects.create(delivery=delivery, milliseconds=34, error="too_slow")
    Delivery.objects.filter(pk=delivery.pk).update(
        state="failed", failure_code="not_delivered", finished_at=delivery.created_at
    )

    page = " ".join(owner.get(one).content.decode().split())

    assert "answered 503 in 12 ms" in page
    assert "no answer in time in 34 ms" in page
    assert "Not delivered" in page
    assert "hx-trigger" not in page
    part = owner.get(reverse("webhook_log", args=[webhook.pk]), headers={"hx-request": "true"})
    assert part.content.decode().lstrip().startswith("<section")


def test_a_test_and_a_re_send_are_queued(owner, webhook):
    owner.post(reverse("webhook_test", args=[webhook.pk]))
    delivery = Delivery.objects.get()
    assert delivery.event == "webhook.test"
    Delivery.objects.filter(pk=delivery.pk).update(
        state="delivered", finished_at=delivery.created_at
    )

    owner.post(reverse("delivery_resend", args=[delivery.pk]))

    delivery.refresh_from_db()
    assert delivery.state == "pending"


def test_deleting_asks_first(owner, webhook):
    url = reverse("webhook_delete", args=[webhook.pk])

    assert "receives nothing more" in owner.get(url).content.decode()
    assert Webhook.objects.exists()
    assert "is deleted" in owner.post(url, follow=True).content.decode()
    assert not Webhook.objects.exists()


def test_a_webhook_that_fails_says_at_its_top_when_the_next_try_is(owner, webhook, delivery):
    until = timezone.now() + timedelta(minutes=4)
    Webhook.objects.filter(pk=webhook.pk).update(failures=3, paused_until=until)
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())

    page = words(owner.get(f"{URL}{webhook.pk}/"))

    says = f"Paused after 3 failures, next try {date_format(until, 'j F, H:i')} UTC"
    assert says in page
    assert page.index(says) < page.index("Send a test")
    assert "paused after 3 failures" in words(owner.get(URL))


def test_a_failing_webhook_that_nothing_waits_for_promises_no_try(owner, webhook):
    past = timezone.now() - timedelta(minutes=4)
    Webhook.objects.filter(pk=webhook.pk).update(failures=1, paused_until=past)

    assert "Trying again after 1 failure." in words(owner.get(f"{URL}{webhook.pk}/"))


def test_a_webhook_that_is_off_is_not_called_paused(owner, webhook):
    Webhook.objects.filter(pk=webhook.pk).update(failures=3, enabled=False)

    assert "after 3 failures" not in words(owner.get(f"{URL}{webhook.pk}/"))
