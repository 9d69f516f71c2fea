"""Whether an address has an account is nobody's business: the same answers, as long as mail is sent."""

import re
import statistics
import time

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import User
from tests.support.clients import browser

PASSWORD = "plum tractor violin"

pytestmark = pytest.mark.django_db


@pytest.fixture
def sends_mail(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # the default with FACEVERIFY_SMTP_HOST


def sign_up(email: str):
    return browser().post(
        reverse("account_signup"), {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    )


def shown(answer) -> tuple:
    """All that a stranger could tell two answers apart by, but the address that they typed."""
    client = browser()
    client.cookies = answer.client.cookies
    after = client.get(answer["Location"]).content.decode() if answer.status_code == 302 else ""
    after = re.sub(r'value="\w{64}"', "TOKEN", after)  # drawn for each page
    cookies = {name: dict(morsel) for name, morsel in answer.cookies.items()}
    for cookie in cookies.values():
        cookie.pop("expires", None)
    return (
        answer.status_code,
        answer.get("Location"),
        cookies,
        re.sub(r"\w+@example\.org", "ADDRESS", after, flags=re.IGNORECASE),
    )


@pytest.mark.usefixtures("sends_mail")
def test_a_sign_up_with_a_taken_address_looks_like_any_other(user, mailoutbox):
    taken, free = sign_up(user.email), sign_up("new@example.org")

    assert shown(taken) == shown(free)
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [
        ([user.email], "[faceverify] You have an account already"),
        (["new@example.org"], "[faceverify] Confirm your email address"),
    ]


@pytest.mark.usefixtures("sends_mail")
def test_in_any_case_of_letters(user):
    assert shown(sign_up(user.email.upper())) == shown(sign_up("new@example.org"))
    assert User.objects.count() == 2


@pytest.mark.usefixtures("sends_mail")
def test_a_new_account_is_used_once_its_address_is_confirmed(mailoutbox):
    client = sign_up("new@example.org").client

    assert client.get(reverse("compare")).status_code == 302
    (link,) = [word for word in mailoutbox[0].body.split() if "/confirm-email/" in word]
    client.get(link.replace("http://testserver", ""))
    client.post(link.replace("http://testserver", ""))
    client.post(reverse("account_login"), {"login": "new@example.org", "password": PASSWORD})
    assert client.get(reverse("compare")).status_code == 200


def test_a_wrong_password_looks_like_an_unknown_address(user):
    def try_one(email: str):
        answer = browser().post(reverse("account_login"), {"login": email, "password": "wrong"})
        return answer.status_code, answer.content.decode().replace(email, "")

    hidden = "csrfmiddlewaretoken"

    def without_token(answer):
        return answer[0], [line for line in answer[1].splitlines() if hidden not in line]

    assert without_token(try_one(user.email)) == without_token(try_one("nobody@example.org"))


def test_being_stopped_tells_no_more(user):
    def stopped(email: str) -> int:
        client = browser()
        for _ in range(6):
            answer = client.post(reverse("account_login"), {"login": email, "password": "wrong"})
        cache.clear()
        return answer.content.decode().count("Too many failed login attempts")

    assert stopped(user.email) == stopped("nobody@example.org") == 1


def test_a_reset_looks_the_same(user, mailoutbox):
    def reset(email: str):
        return browser().post(reverse("account_reset_password"), {"email": email})

    assert shown(reset(user.email)) == shown(reset("nobody@example.org"))
    assert [mail.to for mail in mailoutbox] == [[user.email], ["nobody@example.org"]]


@pytest.mark.usefixtures("sends_mail")
@pytest.mark.slow
@pytest.mark.parametrize("what", ["sign-in", "sign-up", "reset"])
def test_both_answers_take_about_as_long(user, settings, what):
    """With the real password hash. The medians may differ by a quarter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user.set_password(PASSWORD)
    user.save()

    def once(email: str) -> float:
        cache.clear()
        client = browser()
        began = time.perf_counter()
        if what == "sign-in":
            client.post(reverse("account_login"), {"login": email, "password": "wrong horse 1"})
        elif what == "sign-up":
            form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
            client.post(reverse("account_signup"), form)
        else:
            client.post(reverse("account_reset_password"), {"email": email})
        return time.perf_counter() - began

    once(user.email), once("first@example.org")
    known, unknown = [], []
    for n in range(15):
        known.append(once(user.email))
        unknown.append(once(f"nobody{n}@example.org"))

    ratio = statistics.median(known) / statistics.median(unknown)
    print(f"{what}: {ratio:.2f}")
    assert 0.75 < ratio < 1.33
