"""Signing in through an OpenID Connect provider, over HTTP, and what goes wrong on the way."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import override_settings
from django.urls import reverse

from accounts.invitations.services import invitation_create
from accounts.models import User
from tests.support.clients import browser
from tests.support.openid_provider import CLIENT, SECRET, openid_provider
from tests.support.people import words
from tests.support.servers import site

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/oidc/openid/login/"


@pytest.fixture
def provider():
    with openid_provider() as made:
        made.claims = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}
        app = {
            "provider_id": "openid",
            "name": "Example ID",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": made.issuer, "oauth_pkce_enabled": True},
        }
        with override_settings(
            SOCIALACCOUNT_PROVIDERS={"openid_connect": {"APPS": [app]}},
            FACEVERIFY_OPENID_ISSUER=made.issuer,
            FACEVERIFY_OPENID_NAME="Example ID",
            FACEVERIFY_OPENID_NEW_ACCOUNTS=True,
        ):
            yield made


def to_the_provider(client, query: str = "") -> str:
    """Press the button; the address at the provider to which the page leads on."""
    page = client.post(LOGIN + query)
    assert page.status_code == 200, page
    return unescape(re.findall(r'content="0; url=([^"]+)"', page.content.decode())[0])


def sign_in(client, query: str = ""):
    """The page at which signing in ends, after the way to the provider and back."""
    at_the_provider = requests.get(
        to_the_provider(client, query), allow_redirects=False, timeout=60
    )
    back = urlsplit(at_the_provider.headers["Location"])
    return client.get(f"{back.path}?{back.query}", follow=True)


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_the_sign_in_page_has_a_button_only_where_there_is_a_provider(anonymous, provider):
    assert "Continue with Example ID" in words(anonymous.get(reverse("account_login")))
    with override_settings(FACEVERIFY_OPENID_ISSUER=""):
        assert "Continue with" not in words(anonymous.get(reverse("account_login")))


def test_somebody_new_gets_an_account_with_a_confirmed_address_and_no_password(anonymous, provider):
    page = sign_in(anonymous)

    assert page.redirect_chain[-1][0] == reverse("compare")
    user = User.objects.get()
    assert (user.email, user.has_usable_password()) == ("ada@example.org", False)
    assert EmailAddress.objects.get().verified
    assert SocialAccount.objects.get().extra_data == {"sub": "ada-1", "email": "ada@example.org"}


def test_they_are_known_by_their_sub_when_the_address_has_changed(anonymous, provider):
    sign_in(anonymous)
    provider.claims = {"sub": "ada-1", "email": "new@example.org", "email_verified": False}

    again = browser()
    sign_in(again)

    assert is_signed_in(again)
    assert User.objects.get().email == "ada@example.org"


@pytest.mark.parametrize("verified", [False, None, "false", 1.5, "TRUE"])
def test_an_address_that_is_not_confirmed_makes_no_account(anonymous, provider, verified):
    provider.claims["email_verified"] = verified

    page = sign_in(anonymous)

    assert page.status_code == 403
    assert "Your email address is not confirmed" in words(page)
    assert not User.objects.exists()


def test_an_account_is_not_entered_by_its_address(anonymous, provider, user):
    provider.claims["email"] = user.email

    page = sign_in(anonymous)

    assert page.status_code == 403
    assert "You have an account here already" in words(page)
    assert not is_signed_in(anonymous)
    assert not SocialAccount.objects.exists()


@override_settings(SOCIALACCOUNT_EMAIL_AUTHENTICATION=True)
def test_unless_the_provider_is_trusted_with_that(anonymous, provider, user):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    provider.claims["email"] = user.email

    sign_in(anonymous)

    assert anonymous.session["_auth_user_id"] == str(user.pk)
    user.refresh_from_db()
    assert user.has_usable_password()
    assert SocialAccount.objects.get().user == user


@override_settings(SOCIALACCOUNT_EMAIL_AUTHENTICATION=True)
def test_a_password_set_by_whoever_never_confirmed_the_address_is_removed(
    anonymous, provider, user
):
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    provider.claims["email"] = user.email

    sign_in(anonymous)

    user.refresh_from_db()
    assert not user.has_usable_password()


@override_settings(SOCIALACCOUNT_EMAIL_AUTHENTICATION=True)
@pytest.mark.parametrize("verified", [False, "false"])
def test_even_then_not_by_an_address_that_is_not_confirmed(anonymous, provider, user, verified):
    provider.claims |= {"email": user.email, "email_verified": verified}

    assert sign_in(anonymous).status_code == 403
    assert not is_signed_in(anonymous)


def test_whoever_is_signed_in_connects_it_and_disconnects_it(owner, user, provider):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    page = sign_in(owner, "?process=connect")
    assert page.redirect_chain[-1][0] == reverse("socialaccount_connections")
    connected = SocialAccount.objects.get()
    assert connected.user == user

    by_provider = browser()
    sign_in(by_provider)
    assert by_provider.session["_auth_user_id"] == str(user.pk)

    owner.post(reverse("socialaccount_connections"), {"account": connected.pk})
    assert not SocialAccount.objects.exists()


def test_the_only_way_in_cannot_be_disconnected(anonymous, provider):
    sign_in(anonymous)
    connected = SocialAccount.objects.get()

    page = anonymous.post(reverse("socialaccount_connections"), {"account": connected.pk})

    assert "no password" in words(page)
    assert SocialAccount.objects.exists()


@override_settings(FACEVERIFY_OPENID_NEW_ACCOUNTS=False, FACEVERIFY_SIGN_UP="invitation")
def test_where_new_accounts_are_not_made_an_invitation_lets_in(anonymous, provider):
    page = sign_in(anonymous)
    assert page.status_code == 403
    assert "new accounts need an invitation" in words(page)
    assert not User.objects.exists()

    invitation, token = invitation_create(invited_by=None)
    invited = browser()
    invited.get(reverse("invitation", args=[token]))
    sign_in(invited)

    assert is_signed_in(invited)
    invitation.refresh_from_db()
    assert invitation.used == 1


@override_settings(FACEVERIFY_SIGN_UP_DOMAINS=["example.com"])
def test_allowed_domains_hold_here_too(anonymous, provider):
    page = sign_in(anonymous)

    assert page.status_code == 403
    assert "example.com" in words(page)
    assert not User.objects.exists()


def test_a_closed_account_stays_closed(anonymous, provider):
    sign_in(anonymous)
    User.objects.update(is_active=False)

    again = browser()
    sign_in(again)

    assert not is_signed_in(again)


def test_a_state_that_this_browser_did_not_get_is_refused(anonymous, provider):
    """Somebody else's answer from the provider, slipped to this browser."""
    location = requests.get(to_the_provider(browser()), allow_redirects=False, timeout=60).headers[
        "Location"
    ]
    back = urlsplit(location)

    page = anonymous.get(f"{back.path}?{back.query}")

    assert page.status_code == 401
    assert "You are not signed in" in words(page)
    assert "/token" not in provider.asked
    assert not User.objects.exists()


def test_answers_about_two_people_are_refused(anonymous, provider):
    provider.userinfo_sub = "eve-2"

    page = sign_in(anonymous)

    assert page.status_code == 401
    assert not User.objects.exists()


def test_stopping_at_the_provider_is_told_kindly(anonymous, provider):
    provider.deny = True

    page = sign_in(anonymous)

    assert page.status_code == 200
    assert "You stopped at Example ID" in words(page)


@pytest.mark.parametrize("broken", ["discovery", "garbage"])
def test_a_provider_that_is_away_is_told_before_the_way_there(anonymous, provider, broken):
    provider.broken = broken

    page = anonymous.post(LOGIN)

    assert page.status_code == 503
    assert "Example ID does not answer as it should" in words(page)


def test_and_after_it(anonymous, provider):
    provider.broken = "token"

    page = sign_in(anonymous)

    assert page.status_code in (401, 503)
    assert "You are not signed in" in words(page)
    assert not is_signed_in(anonymous)


def test_without_a_provider_there_is_no_such_page(anonymous):
    assert anonymous.post(LOGIN).status_code == 404
    assert anonymous.get(LOGIN + "callback/").status_code == 404


@pytest.mark.server
def test_the_whole_way_between_real_servers(tmp_path):
    with (
        openid_provider() as provider,
        site(
            tmp_path,
            FACEVERIFY_OPENID_ISSUER=provider.issuer,
            FACEVERIFY_OPENID_NAME="Example ID",
            FACEVERIFY_OPENID_CLIENT_ID=CLIENT,
            FACEVERIFY_OPENID_SECRET=SECRET,
        ) as place,
    ):
        provider.claims = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}
        place.start_web()
        session = requests.Session()
        page = session.get(f"{place.url}/accounts/login/", timeout=60).text
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]

        leads = session.post(f"{place.url}{LOGIN}", {"csrfmiddlewaretoken": token}, timeout=60)
        address = unescape(re.findall(r'content="0; url=([^"]+)"', leads.text)[0])
        home = session.get(address, timeout=60)

        assert home.url == f"{place.url}/compare/"
        assert "ada@example.org" in session.get(f"{place.url}/account/", timeout=60).text
        assert provider.asked == ["/.well-known/openid-configuration", "/authorize",
                                  "/.well-known/openid-configuration", "/token", "/userinfo"]  # fmt: skip
        for secret in (SECRET, "ada@example.org", "ada-1"):
            assert secret not in place.log("web")
