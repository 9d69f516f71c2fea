"""Sign-up, sign-in, sign-out, passwords and the account page"""

import re

import pytest
from django.urls import reverse

PASSWORD = "correct horse 9"  # what tests/conftest.py gives its users

pytestmark = pytest.mark.django_db


def test_sign_up_leads_to_the_first_comparison(anonymous, mailoutbox):
    page = anonymous.post(
        reverse("account_signup"),
        {
            "email": "new@example.org",
            "password1": "battery 7 staple",
            "password2": "battery 7 staple",
        },
        follow=True,
    )

    assert page.redirect_chain[-1][0] == reverse("compare")
    (mail,) = mailoutbox
    assert mail.subject == "[faceverify] Confirm your email address"
    link = re.findall(r"http://testserver(\S+)", mail.body)[0]
    assert anonymous.get(link).status_code == 200


def test_sign_up_tells_what_is_wrong_at_the_field_and_keeps_the_address(
    anonymous, django_user_model
):
    page = anonymous.post(
        reverse("account_signup"),
        {"email": "new@example.org", "password1": "12345", "password2": "12345"},
    )

    text = page.content.decode()
    assert (
        "This password is too short"
        in re.findall(r'id="id_password1_error">(.*?)</div>', text, re.S)[0]
    )
    assert 'value="new@example.org"' in text
    assert not django_user_model.objects.exists()


def test_sign_in_and_out(anonymous, user):
    page = anonymous.post(
        reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True
    )
    assert page.redirect_chain[-1][0] == reverse("compare")

    page = anonymous.post(reverse("account_logout"), follow=True)
    assert "You are signed out." in page.content.decode()
    assert anonymous.get(reverse("compare")).status_code == 302


def test_a_wrong_password_is_told_without_saying_whether_the_account_exists(anonymous, user):
    answers = [
        anonymous.post(reverse("account_login"), {"login": email, "password": "wrong"})
        for email in (user.email, "nobody@example.org")
    ]

    texts = [re.findall(r'role="alert">(.*?)</div>', a.content.decode(), re.S)[0] for a in answers]
    assert texts[0] == texts[1]
    assert "not correct" in texts[0]


def test_too_many_tries_are_slowed_down(anonymous, user):
    for _ in range(5):
        anonymous.post(reverse("account_login"), {"login": user.email, "password": "wrong"})

    page = anonymous.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

    assert "Too many failed login attempts" in page.content.decode()
    assert anonymous.get(reverse("compare")).status_code == 302


def test_a_flood_of_requests_gets_its_own_page(anonymous, db):
    data = {"email": "someone@example.org"}
    for _ in range(5):
        anonymous.post(reverse("account_reset_password"), data)

    page = anonymous.post(reverse("account_reset_password"), data)

    assert page.status_code == 429
    assert "Too many requests" in page.content.decode()


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(anonymous, user, mailoutbox):
    anonymous.post(reverse("account_reset_password"), {"email": user.email})
    link = re.findall(r"http://testserver(\S+)", mailoutbox[0].body)[0]
    form = anonymous.get(link, follow=True)
    where = form.redirect_chain[-1][0]

    anonymous.post(where, {"password1": "battery 7 staple", "password2": "battery 7 staple"})

    user.refresh_from_db()
    assert user.check_password("battery 7 staple")
    assert mailoutbox[0].subject == "[faceverify] Choose a new password"


def test_a_password_is_changed_with_the_old_one(owner, user):
    owner.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "battery 7 staple", "password2": "battery 7 staple"},
    )

    user.refresh_from_db()
    assert user.check_password("battery 7 staple")


def test_not_without_it(owner, user):
    page = owner.post(
        reverse("account_change_password"),
        {"oldpassword": "wrong", "password1": "battery 7 staple", "password2": "battery 7 staple"},
    )

    assert 'id="id_oldpassword_error"' in page.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_account_page_leads_to_everything(owner, user):
    page = owner.get(reverse("account")).content.decode()

    assert user.email in page
    for name in ("account_change_password", "account_email", "api_keys", "account_logout"):
        assert reverse(name) in page


@pytest.mark.parametrize("name", ["account", "account_change_password", "account_email"])
def test_anonymous_is_asked_to_sign_in(anonymous, name):
    assert anonymous.get(reverse(name))["Location"].startswith(reverse("account_login"))
