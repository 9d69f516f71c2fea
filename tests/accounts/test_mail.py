"""What the pages say about email: on a site without a mail server, and while the server fails."""

import smtplib

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse

from accounts import mailing
from accounts.models import User
from tests.support.clients import browser
from tests.support.people import words
from tests.support.servers import free_port

pytestmark = pytest.mark.django_db
NEW = {
    "email": "new@example.org",
    "password1": "battery 7 staple",
    "password2": "battery 7 staple",
}


class Away(BaseEmailBackend):
    """A server that lets everybody wait."""

    tries = 0

    def send_messages(self, email_messages):
        Away.tries += 1
        raise TimeoutError


class Refusing(BaseEmailBackend):
    """A server that answers, and takes no mail to these addresses."""

    def send_messages(self, email_messages):
        raise smtplib.SMTPRecipientsRefused({})


@pytest.fixture
def no_mail(settings):
    settings.FACEVERIFY_SENDS_MAIL = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    settings.FACEVERIFY_OPERATOR_NAME = "Vera Example"


@pytest.fixture
def failing(settings):
    """No mail server listens where the settings say."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def test_without_mail_a_forgotten_password_is_a_case_for_the_operator(anonymous, user, no_mail):
    for page in (
        anonymous.get(reverse("account_reset_password")),
        anonymous.post(reverse("account_reset_password"), {"email": user.email}, follow=True),
    ):
        assert "This site sends no email" in words(page)
        assert "Ask Vera Example" in words(page)
        assert "on its way" not in words(page)
    assert mail.outbox == []


def test_without_mail_nobody_is_told_to_confirm_an_address(anonymous, no_mail):
    page = anonymous.post(reverse("account_signup"), NEW, follow=True)

    assert page.redirect_chain[-1][0] == reverse("compare")
    assert "confirm" not in words(page).lower()
    assert mail.outbox == []


def test_without_mail_an_address_can_be_changed_and_nothing_is_said_to_be_sent(
    owner, user, no_mail
):
    where = reverse("account_email")
    page = owner.post(where, {"action_add": "", "email": "other@example.org"}, follow=True)
    assert "This site sends no email" in words(page)
    assert "sent to" not in words(page).replace("sends no email", "")
    assert "Send the confirmation" not in words(page)

    owner.post(where, {"action_primary": "", "email": "other@example.org"})

    user.refresh_from_db()
    assert user.email == "other@example.org"
    assert mail.outbox == []


def test_without_mail_the_sign_up_page_says_so(anonymous, no_mail):
    assert "If you forget your password, ask Vera Example" in words(
        anonymous.get(reverse("account_signup"))
    )


def test_a_reset_whose_mail_fails_says_so_for_known_and_unknown_addresses(anonymous, user, failing):
    pages = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for client, email in ((anonymous, user.email), (browser(), "nobody@example.org"))
    ]

    for page in pages:
        assert page.status_code == 200
        assert "The email could not be sent" in words(page)
        assert "on its way" not in words(page)
    assert words(pages[0]) == words(pages[1])


def test_the_page_after_a_mail_that_went_out_says_that(anonymous, user, failing, settings):
    where = reverse("account_reset_password")
    anonymous.post(where, {"email": user.email})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mailing.cache.clear()

    page = anonymous.post(where, {"email": user.email}, follow=True)

    assert "the link is on its way" in words(page)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("verification", ["optional", "mandatory"])
def test_an_account_is_made_although_its_mail_fails(anonymous, failing, settings, verification):
    settings.ACCOUNT_EMAIL_VERIFICATION = verification

    page = anonymous.post(reverse("account_signup"), NEW, follow=True)

    assert page.status_code == 200
    assert "The email could not be sent" in words(page)
    assert "Open the link in the email" not in words(page)
    assert "sent to" not in words(page)
    assert User.objects.get().email == NEW["email"]


def test_a_confirmation_that_failed_is_sent_at_the_next_sign_in(
    anonymous, failing, settings, mailoutbox
):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    anonymous.post(reverse("account_signup"), NEW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mailing.cache.delete(mailing._PAUSED)

    page = browser().post(
        reverse("account_login"),
        {"login": NEW["email"], "password": NEW["password1"]},
        follow=True,
    )

    assert "Open the link in the email" in words(page)
    assert [sent.to for sent in mailoutbox] == [[NEW["email"]]]


def test_a_changed_password_is_no_failure_because_the_news_of_it_is(owner, user, failing, settings):
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)

    page = owner.post(
        reverse("account_change_password"),
        {"oldpassword": "correct horse 9", **NEW},
        follow=True,
    )

    assert page.status_code == 200
    assert "could not be sent" not in words(page)
    user.refresh_from_db()
    assert user.check_password(NEW["password1"])


def test_after_a_failure_the_server_is_left_alone_for_a_while(anonymous, user, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.Away"

    for _ in range(3):
        anonymous.post(reverse("account_reset_password"), {"email": user.email})

    assert Away.tries == 1
    assert user.email not in caplog.text


def test_but_not_because_it_refused_one_address(anonymous, user, settings, mailoutbox):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    anonymous.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    anonymous.post(reverse("account_reset_password"), {"email": user.email})

    assert len(mailoutbox) == 1


def test_a_server_that_does_not_answer_holds_few_threads(anonymous, user, mailoutbox):
    for _ in range(3):
        mailing._at_a_time.acquire()
    try:
        page = anonymous.post(reverse("account_reset_password"), {"email": user.email}, follow=True)
    finally:
        for _ in range(3):
            mailing._at_a_time.release()

    assert "The email could not be sent" in words(page)
    assert mailoutbox == []
