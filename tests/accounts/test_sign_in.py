"""Sign-up, sign-in and password reset, as far as the settings decide them."""

import re

import pytest
from django.core import mail

from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse 9"


def sign_in(client, email: str, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_sign_up_needs_an_address_and_a_good_password_only(client):
    form = {"email": "Ada@Example.org", "password1": PASSWORD, "password2": PASSWORD}

    answer = client.post("/accounts/signup/", form)

    assert answer.status_code == 302
    assert User.objects.get().email == "ada@example.org"
    assert is_signed_in(client)
    assert mail.outbox[0].to == ["ada@example.org"]


@pytest.mark.parametrize("password", ["12345678", "password", "short", "ada@example.org"])
def test_a_weak_password_is_refused(client, password):
    form = {"email": "ada@example.org", "password1": password, "password2": password}

    assert client.post("/accounts/signup/", form).status_code == 200
    assert not User.objects.exists()


def test_sign_in_takes_the_address_in_any_case(client, user):
    assert sign_in(client, user.email.upper()).status_code == 302
    assert is_signed_in(client)


def test_sign_out(client, user):
    client.force_login(user)

    client.post("/accounts/logout/")

    assert not is_signed_in(client)


def test_a_wrong_password_does_not_sign_in_and_guessing_is_stopped(client, user):
    for _ in range(5):
        assert sign_in(client, user.email, "wrong horse 9").status_code == 200

    assert sign_in(client, user.email).status_code in (200, 429)
    assert not is_signed_in(client)


def test_a_closed_account_does_not_sign_in(client, user):
    User.objects.update(is_active=False)

    sign_in(client, user.email)

    assert not is_signed_in(client)


def test_a_forgotten_password_is_replaced_through_the_link_in_an_e_mail_once(client, user):
    client.post("/accounts/password/reset/", {"email": user.email})
    (link,) = re.findall(
        r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body)
    )

    page = client.get(link)
    form = {"password1": "another horse 8", "password2": "another horse 8"}
    client.post(page["Location"], form)

    user.refresh_from_db()
    assert user.check_password("another horse 8")
    client.logout()
    again = client.get(link, follow=True)
    assert 'name="password1"' not in again.content.decode()


def test_asking_for_an_unknown_address_tells_no_more_than_for_a_known_one(client, user):
    known = client.post("/accounts/password/reset/", {"email": user.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_changed_password_signs_out(client, user):
    client.force_login(user)

    client.post(
        "/accounts/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "another horse 8",
            "password2": "another horse 8",
        },
    )

    user.refresh_from_db()
    assert user.check_password("another horse 8")
    assert not is_signed_in(client)
