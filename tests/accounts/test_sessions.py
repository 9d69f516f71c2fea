"""Where a user is signed in: the list, its age, and signing out there."""

import time
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.sessions.middleware import SEEN, SIGNED_IN
from accounts.sessions.words import client_in_words
from tests.support.clients import browser

PASSWORD = "correct horse 9"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LIST = "/account/sessions/"

pytestmark = pytest.mark.django_db


def sign_in(user, *, agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def age(client: Client, **seconds: int) -> None:
    session = client.session
    for name, value in seconds.items():
        session[{"signed_in": SIGNED_IN, "seen": SEEN}[name]] = int(time.time()) - value
    session.save()


def test_the_list_shows_browser_address_and_which_is_this_one(user, stranger):
    here = sign_in(user)
    sign_in(user, agent="curl/8.1", address="198.51.100.9")
    sign_in(stranger, address="203.0.113.5")

    page = here.get(LIST).content.decode()

    assert page.index("Firefox on Linux") < page.index("This browser") < page.index("curl")
    assert "192.0.2.7" in page and "198.51.100.9" in page
    assert "203.0.113.5" not in page


def test_one_session_is_signed_out_and_the_others_stay(user):
    here, there, elsewhere = sign_in(user), sign_in(user), sign_in(user)

    here.post(reverse("session_end", args=[row_of(there).pk]))

    assert [is_in(here), is_in(there), is_in(elsewhere)] == [True, False, True]


def test_a_stranger_ends_nobodys_session(user, stranger):
    mine, theirs = sign_in(user), sign_in(stranger)

    assert theirs.post(reverse("session_end", args=[row_of(mine).pk])).status_code == 404
    assert is_in(mine)


def test_all_others_are_signed_out_also_those_that_the_list_does_not_know(user, stranger):
    here, there, other = sign_in(user), sign_in(user), sign_in(stranger)
    unlisted = sign_in(user)
    row_of(unlisted).delete()

    here.post(reverse("sessions_end_others"))

    assert [is_in(here), is_in(there), is_in(unlisted), is_in(other)] == [True, False, False, True]
    assert here.get(LIST).content.decode().count("This browser") == 1
    assert UserSession.objects.filter(user=user).count() == 1


def test_everywhere_means_here_as_well(user):
    here, there = sign_in(user), sign_in(user)

    page = here.post(reverse("sessions_end_all"), follow=True)

    assert "signed out everywhere" in page.content.decode()
    assert not is_in(here) and not is_in(there)
    assert not UserSession.objects.filter(user=user).exists()
    assert is_in(sign_in(user))


def test_a_new_password_ends_the_other_sessions(user):
    here, there = sign_in(user), sign_in(user)
    new = "plum tractor violin"

    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    user.refresh_from_db()
    assert user.check_password(new)
    assert not is_in(there)


def test_nobody_signs_out_others_by_a_link(user):
    here, there = sign_in(user), sign_in(user)

    for name in ("sessions_end_others", "sessions_end_all"):
        assert here.get(reverse(name)).status_code == 405
    assert is_in(there)


@pytest.mark.parametrize(
    ("days", "idle", "signed_in", "seen", "stays"),
    [
        (14, None, 14 * 86400 - 60, 0, True),
        (14, None, 14 * 86400 + 1, 0, False),  # however busy it was
        (14, 30, 3600, 29 * 60, True),
        (14, 30, 3600, 30 * 60 + 1, False),
    ],
)
def test_a_session_ends_by_age_and_by_idleness(user, settings, days, idle, signed_in, seen, stays):
    settings.FACEVERIFY_SESSION_DAYS, settings.FACEVERIFY_SESSION_IDLE_MINUTES = days, idle
    client = sign_in(user)
    age(client, signed_in=signed_in, seen=seen)

    assert is_in(client) is stays
    if not stays:
        assert "Please sign in again" in client.get(reverse("account_login")).content.decode()


def test_use_is_noted_once_a_minute(user, django_assert_num_queries):
    client = sign_in(user)
    long_ago = timezone.now() - timedelta(hours=1)
    UserSession.objects.update(last_seen_at=long_ago)

    client.get(LIST)
    assert row_of(client).last_seen_at == long_ago
    age(client, seen=61)
    client.get(LIST)
    assert row_of(client).last_seen_at > long_ago

    with django_assert_num_queries(4):  # session, user, galleries, keys
        client.get(reverse("api_keys"))


def test_a_session_of_before_this_version_is_listed_at_its_next_use(user):
    client = sign_in(user)
    row_of(client).delete()
    session = client.session
    del session[SEEN], session[SIGNED_IN]
    session.save()

    assert "This browser" in client.get(LIST).content.decode()


def test_sessions_are_stored_encrypted_and_older_ones_are_read(user):
    from django.contrib.sessions.backends.db import SessionStore as Plain

    client = sign_in(user)
    session = client.session
    session["note"] = "find me"
    session.save()
    (row,) = Session.objects.filter(pk=session.session_key)
    assert "find me" not in str(Plain().decode(row.session_data))
    assert row.session_data.startswith("gAAAA")

    row.session_data = Plain().encode(dict(session.items()))
    row.save()
    assert is_in(client)


def test_a_session_whose_key_is_lost_is_nobodys(user):
    client = sign_in(user)
    Session.objects.filter(pk=client.session.session_key).update(session_data="gAAAAAwrong")

    assert not is_in(client)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("<b>mine</b>\x00", "<b>mine</b>"),
        ("", "An unknown program"),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    assert client_in_words(agent) == words


def test_anonymous_is_asked_to_sign_in(user):
    client = browser()
    for name, arguments in (("sessions", []), ("session_end", [1]), ("sessions_end_others", [])):
        url = reverse(name, args=arguments)
        answer = client.get(url) if name == "sessions" else client.post(url)
        assert answer["Location"].startswith(reverse("account_login"))
