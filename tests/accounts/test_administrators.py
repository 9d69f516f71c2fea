"""The first administrator, and the commands for people who run the site."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.invitations.models import Invitation
from accounts.models import User
from tests.support.clients import browser
from tests.support.people import words

pytestmark = pytest.mark.django_db
NEW = {"password1": "battery 7 staple", "password2": "battery 7 staple"}


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def path_in(text: str) -> str:
    """Of the link in what was printed."""
    return re.findall(r"http://127\.0\.0\.1:8000(/\S+)", text)[0]


def choose_password(client, link: str) -> None:
    form = client.get(link)
    client.post(form["Location"], NEW)


@pytest.mark.parametrize("mode", ["open", "invitation", "closed"])
def test_a_site_without_administrator_prints_a_link_that_makes_one(anonymous, settings, mode):
    settings.FACEVERIFY_SIGN_UP = mode
    where = path_in(run("first_administrator"))
    assert "Become the administrator" in words(anonymous.get(where))

    anonymous.post(reverse("account_signup"), {"email": "vera@example.org", **NEW})

    assert User.objects.get(email="vera@example.org").is_staff
    assert run("first_administrator") == ""
    again = browser().get(where)
    assert again.status_code == 410
    assert "There is an administrator already" in words(again)


def test_a_user_of_before_can_become_it(owner, user):
    where = path_in(run("first_administrator"))

    owner.post(where)

    user.refresh_from_db()
    assert user.is_staff


def test_the_link_is_void_once_there_is_an_administrator_even_where_it_was_opened(
    anonymous, user, settings
):
    settings.FACEVERIFY_SIGN_UP = "closed"
    where = path_in(run("first_administrator"))
    anonymous.get(where)
    run("create_admin", user.email)

    anonymous.post(reverse("account_signup"), {"email": "eve@example.org", **NEW})
    page = anonymous.get(where)

    assert page.status_code == 410
    assert list(User.objects.all()) == [user]


def test_each_start_makes_the_links_of_before_void(anonymous):
    first = path_in(run("first_administrator"))
    run("first_administrator")

    assert anonymous.get(first).status_code == 404
    assert Invitation.objects.count() == 1


def test_create_admin_prints_a_link_to_choose_a_password_where_nobody_can_be_asked(anonymous):
    printed = run("create_admin", "Vera@Example.org", "--link")

    choose_password(anonymous, path_in(printed))

    vera = User.objects.get()
    assert (vera.email, vera.is_staff) == ("vera@example.org", True)
    assert vera.check_password(NEW["password1"])


def test_create_admin_asks_for_a_good_password(monkeypatch):
    answers = iter(["12345678", "battery 7 staple", "battery 8 staple", *NEW.values()])
    monkeypatch.setattr("getpass.getpass", lambda _question: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    with pytest.raises(CommandError, match="too common"):
        run("create_admin", "vera@example.org")
    with pytest.raises(CommandError, match="differ"):
        run("create_admin", "vera@example.org")
    assert not User.objects.exists()

    run("create_admin", "vera@example.org")
    assert User.objects.get().check_password(NEW["password1"])


def test_create_admin_makes_one_of_a_user_and_leaves_the_password(user):
    run("create_admin", user.email.upper())

    user.refresh_from_db()
    assert user.is_staff
    assert user.check_password("correct horse 9")


def test_create_admin_refuses_what_is_no_address():
    with pytest.raises(CommandError, match="not an email address"):
        run("create_admin", "vera")


def test_a_reset_link_works_once(anonymous, user):
    link = path_in(run("reset_link", user.email))

    choose_password(anonymous, link)

    user.refresh_from_db()
    assert user.check_password(NEW["password1"])
    late = browser()
    assert 'name="password1"' not in late.get(link, follow=True).content.decode()


@pytest.mark.parametrize("address", ["nobody@example.org", "owner@example.org"])
def test_a_reset_link_is_for_accounts_in_use(user, address):
    User.objects.update(is_active=False)

    with pytest.raises(CommandError, match="no account in use"):
        run("reset_link", address)


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"CSRF_TRUSTED_ORIGINS": ["https://faces.example.org"]}, "https://faces.example.org/"),
        ({"ALLOWED_HOSTS": ["faces.example.org"], "SECURE_SSL_REDIRECT": True}, "https://faces.example.org/"),
        ({"ALLOWED_HOSTS": ["faces.example.org"]}, "http://faces.example.org/"),
    ],
)  # fmt: skip
def test_links_begin_as_the_site_is_reached(settings, user, change, start):
    for name, value in change.items():
        setattr(settings, name, value)

    assert run("reset_link", user.email).startswith(start)
