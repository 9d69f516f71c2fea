"""Mails that tell the owner of an account what was done with it."""

from smtplib import SMTPServerDisconnected

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey
from accounts.services import api_key_create
from tests.accounts.test_factors import set_up_app
from tests.support.clients import browser, program

PASSWORD = "correct horse 9"
HOME, CAFE = "192.0.2.7", "198.51.100.9"

pytestmark = pytest.mark.django_db


class FailingBackend(EmailBackend):
    def send_messages(self, messages):
        raise SMTPServerDisconnected("no server")


def sign_in(client: Client, user, address: str = HOME) -> None:
    client.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD}, REMOTE_ADDR=address
    )
    assert "_auth_user_id" in client.session


def test_a_sign_in_in_a_new_browser_is_told_once(
    user, mailoutbox, django_capture_on_commit_callbacks
):
    client = browser()

    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            sign_in(client, user)
            client.post(reverse("account_logout"))

    (mail,) = mailoutbox
    assert mail.to == [user.email]
    assert mail.subject == "[faceverify] A new sign-in to your account"
    assert "in a browser that is new to it" in mail.body
    assert HOME in mail.body and "choose another password" in mail.body


def test_a_known_browser_in_a_new_network_is_told(
    user, mailoutbox, django_capture_on_commit_callbacks
):
    client = browser()
    for address in (HOME, CAFE, HOME, CAFE):
        with django_capture_on_commit_callbacks(execute=True):
            sign_in(client, user, address)
            client.post(reverse("account_logout"))

    assert len(mailoutbox) == 2
    assert "from a network that is new to it" in mailoutbox[1].body


def test_after_signing_out_everywhere_a_browser_is_new_again(
    user, mailoutbox, django_capture_on_commit_callbacks
):
    client = browser()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            sign_in(client, user)
            client.post(reverse("sessions_end_all"))

    assert len(mailoutbox) == 2


def test_a_browser_that_knows_one_account_is_new_to_another(
    user, stranger, mailoutbox, django_capture_on_commit_callbacks
):
    client = browser()
    for account in (user, stranger, user):
        with django_capture_on_commit_callbacks(execute=True):
            sign_in(client, account)
            client.post(reverse("account_logout"))

    assert [mail.to for mail in mailoutbox] == [[user.email], [stranger.email]]


def test_new_and_rotated_keys_are_told_whoever_made_them(
    user, owner, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        owner.post("/account/keys/", {"name": "Door camera", "scopes": ["verify"]})
    admin = program(user, scopes=["admin"])
    key = ApiKey.objects.get(name="Door camera")
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/api/v1/keys/{key.pk}/rotate/", {}, format="json")

    assert [mail.subject for mail in mailoutbox] == [
        "[faceverify] An API key was created",
        "[faceverify] An API key was rotated",
    ]
    assert "Door camera" in mailoutbox[0].body
    new = ApiKey.objects.get(follows=key)
    assert f"fv_{new.prefix}" in mailoutbox[1].body


def test_changed_factors_are_told(user, owner, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(owner)
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("mfa_generate_recovery_codes"))
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("mfa_deactivate_totp"))

    assert [mail.subject.removeprefix("[faceverify] ") for mail in mailoutbox] == [
        "An authenticator app was set up",
        "New recovery codes were made",
        "The authenticator app was removed",
    ]


def test_nothing_is_told_of_what_was_undone(owner, user, mailoutbox):
    request = owner.get("/account/").wsgi_request

    from allauth.core import context

    with context.request_context(request), transaction.atomic():
        api_key_create(owner=user, name="camera")
        assert mailoutbox == []
        transaction.set_rollback(True)

    assert mailoutbox == []


def test_a_mail_server_that_fails_breaks_nothing(
    user, settings, caplog, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = f"{__name__}.FailingBackend"
    client = browser()

    with django_capture_on_commit_callbacks(execute=True):
        sign_in(client, user)

    assert client.get(reverse("account")).status_code == 200
    assert user.email not in caplog.text


def test_a_command_makes_a_key_without_a_mail(user, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        api_key_create(owner=user, name="camera")

    assert mailoutbox == []
