"""Passkeys and an authenticator app, in Chromium with its virtual authenticator."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import LOOKS, Visitor, headline, problems
from tests.support.codes import totp_code
from tests.support.servers import PASSWORD

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def visitor(chromium, place):
    """At the name localhost: passkeys are bound to a name, and an address is none."""
    visitor = Visitor(chromium, f"http://localhost:{place.port}")
    yield visitor
    visitor.close()


def with_authenticator(page: Page) -> Page:
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def type_password(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(page: Page, email: str) -> None:
    type_password(page, email)
    page.wait_for_url("**/compare/")


def sign_out(page: Page) -> None:
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/account/" not in url)


def answer_with_password(page: Page) -> None:
    headline(page, "Is it you?")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def add_passkey(page: Page, name: str, *, alone: bool = True) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    answer_with_password(page)
    headline(page, "Add a passkey")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Add", exact=True).click()


def set_up_app(page: Page) -> tuple[str, list[str]]:
    """The app's secret, and the recovery codes."""
    page.goto("/accounts/2fa/totp/activate/")
    answer_with_password(page)
    headline(page, "Set up an authenticator app")
    secret = page.locator("#totp-secret").text_content() or ""
    page.get_by_label("Authenticator code").fill(totp_code(secret))
    page.get_by_role("button", name="Use this app").click()
    headline(page, "Recovery codes")
    return secret, (page.locator("#recovery-codes").text_content() or "").split()


def test_a_passkey_signs_in_alone_and_answers_who_it_is(visitor, place):
    place.new_key("passkey@example.org")
    page = with_authenticator(visitor.window())
    sign_in(page, "passkey@example.org")

    add_passkey(page, "Laptop")
    headline(page, "Recovery codes")
    assert len((page.locator("#recovery-codes").text_content() or "").split()) == 10
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("Signs you in without a password")).to_be_visible()

    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/compare/")

    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    headline(page, "Add a passkey")


def test_a_passkey_as_second_factor_follows_the_password(visitor, place):
    place.new_key("second@example.org")
    page = with_authenticator(visitor.window())
    sign_in(page, "second@example.org")
    add_passkey(page, "Key", alone=False)
    headline(page, "Recovery codes")
    sign_out(page)

    type_password(page, "second@example.org")
    headline(page, "Your second factor")
    page.goto("/compare/")  # is not shown to whoever knows only the password
    headline(page, "Your second factor")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/compare/")


def test_an_app_signs_in_after_the_password_and_a_recovery_code_once(visitor, place):
    place.new_key("app@example.org")
    page = visitor.window()
    sign_in(page, "app@example.org")
    secret, codes = set_up_app(page)
    sign_out(page)

    type_password(page, "app@example.org")
    headline(page, "Your second factor")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    page.get_by_label("Code").fill(totp_code(secret, step=1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/compare/")
    sign_out(page)

    type_password(page, "app@example.org")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/compare/")
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("9 of 10 are left")).to_be_visible()


def test_without_a_passkey_the_page_says_so(visitor):
    page = with_authenticator(visitor.window())

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("No passkey was used")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_second_factors_and_sessions_suits_everybody(visitor, place, look, request):
    email = f"{request.node.callspec.id}@example.org"
    place.new_key(email)
    page = with_authenticator(visitor.window(**look))
    sign_in(page, email)

    seen = {}

    def look_at(name: str) -> None:
        seen[name] = problems(page)

    for path in ("/account/", "/account/sessions/", "/accounts/2fa/"):
        page.goto(path)
        look_at(path)
    page.goto("/accounts/2fa/totp/activate/")
    look_at("ask")
    answer_with_password(page)
    headline(page, "Set up an authenticator app")
    look_at("app")
    secret = page.locator("#totp-secret").text_content() or ""
    page.get_by_label("Authenticator code").fill(totp_code(secret))
    page.get_by_role("button", name="Use this app").click()
    headline(page, "Recovery codes")
    look_at("codes")
    page.goto("/accounts/2fa/webauthn/add/")
    look_at("add passkey")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/accounts/2fa/")
    for path in (
        "/accounts/2fa/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/reauthenticate/",
        "/accounts/2fa/webauthn/reauthenticate/",
    ):
        page.goto(path)
        look_at(path)
    for link in ("Rename", "Remove"):
        page.goto("/accounts/2fa/webauthn/")
        page.get_by_role("link", name=link).click()
        headline(page, link)
        look_at(link)
    sign_out(page)
    type_password(page, email)
    headline(page, "Your second factor")
    look_at("second factor")

    assert {name: found for name, found in seen.items() if found} == {}
