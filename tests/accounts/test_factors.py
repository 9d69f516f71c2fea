"""Second factors: setting up, signing in, removing, and how their secrets are stored."""

import json

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.factors.services import has_factor
from accounts.sealed import Sealed, sealed_rotate
from accounts.services import api_key_create
from tests.support.clients import browser, program
from tests.support.codes import totp_code
from verification.photos.keys import KeysLost, check_keys

PASSWORD = "correct horse 9"
ACTIVATE = "/accounts/2fa/totp/activate/"

pytestmark = pytest.mark.django_db


def set_up_app(client: Client) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes, which are shown then."""
    page = client.get(ACTIVATE)
    secret = page.context["form"].secret
    page = client.post(ACTIVATE, {"code": totp_code(secret)}, follow=True)
    return secret, page.context["unused_codes"]


def password_only(user) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def answer(client: Client, code: str) -> None:
    client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


@pytest.fixture
def app(owner, user) -> str:
    """The secret of the user's authenticator app."""
    secret, _codes = set_up_app(owner)
    return secret


def test_the_password_alone_opens_nothing_any_more(user, app):
    client = password_only(user)
    assert not is_in(client)

    answer(client, totp_code(app, step=-1) + "0")
    assert not is_in(client)

    answer(client, totp_code(app, step=1))
    assert is_in(client)


def test_a_code_is_good_once(user, app):
    code = totp_code(app, step=1)
    answer(password_only(user), code)

    again = password_only(user)
    answer(again, code)

    assert not is_in(again)


def test_codes_cannot_be_tried_for_ever(user, app):
    for n in range(5):
        answer(password_only(user), f"00000{n}")

    client = password_only(user)
    answer(client, totp_code(app, step=1))

    assert not is_in(client)


def test_a_recovery_code_signs_in_once(owner, user):
    _secret, codes = set_up_app(owner)
    assert len(set(codes)) == 10

    first, second = password_only(user), password_only(user)
    answer(first, codes[0])
    answer(second, codes[0])

    assert (is_in(first), is_in(second)) == (True, False)


def test_recovery_codes_are_shown_once(owner, app):
    page = owner.get(reverse("mfa_view_recovery_codes"))

    assert "not shown again" in page.content.decode()
    assert set(page.context["unused_codes"]) == {"****"}


def test_secrets_are_stored_encrypted(owner, user):
    owner.get(ACTIVATE)
    pending = owner.get(ACTIVATE).context["form"].secret
    assert not any(pending in row.session_data for row in Session.objects.all())

    secret, codes = set_up_app(owner)

    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        stored = " ".join(str(row[0]) for row in cursor.fetchall())
    assert secret not in stored
    assert not any(code in stored for code in codes)
    assert stored.count("gAAAA") == 2  # the app's secret, and the seed of the recovery codes


def test_secrets_go_on_working_under_another_key(user, owner, app, settings, media):
    old = settings.FACEVERIFY_FILE_KEYS
    new = Fernet.generate_key().decode()

    settings.FACEVERIFY_FILE_KEYS = [new, *old]
    call_command("rotate_keys")
    settings.FACEVERIFY_FILE_KEYS = [new]

    client = password_only(user)
    answer(client, totp_code(app, step=1))
    assert is_in(client)
    assert is_in(owner)  # the session was open before
    assert sealed_rotate() == Sealed()


def test_secrets_that_no_key_opens_are_counted_and_stop_the_start(app, settings):
    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode()]

    assert sealed_rotate() == Sealed(unreadable=2)
    with pytest.raises(KeysLost):
        check_keys()


def test_removing_a_factor_ends_the_other_sessions(owner, user, app):
    there = password_only(user)
    answer(there, totp_code(app, step=1))
    assert is_in(there)

    page = owner.post(reverse("mfa_deactivate_totp"), follow=True)

    assert "signed out everywhere but here" in page.content.decode()
    assert is_in(owner) and not is_in(there)
    assert not Authenticator.objects.exists()  # the recovery codes went with it


@pytest.mark.parametrize(
    "name",
    [
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
    ],
)
def test_every_change_asks_who_it_is_first(user, app, name):
    client = Client()
    client.force_login(user)
    if name == "mfa_activate_totp":
        Authenticator.objects.filter(type="totp").delete()
    before = list(Authenticator.objects.values_list("pk", "data"))

    for page in (client.get(reverse(name)), client.post(reverse(name))):
        if page.status_code != 405:  # a page that is only read
            assert "/reauthenticate/" in page["Location"]
    assert list(Authenticator.objects.values_list("pk", "data")) == before


def test_a_new_address_asks_who_it_is_first(user):
    client = Client()
    client.force_login(user)

    page = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})

    assert "/reauthenticate/" in page["Location"]
    assert not user.emailaddress_set.filter(email="new@example.org").exists()


def test_a_code_answers_who_it_is(user, app):
    client = Client()
    client.force_login(user)
    asked = client.get(reverse("mfa_generate_recovery_codes"))
    ask = asked["Location"].replace("/accounts/reauthenticate/", reverse("mfa_reauthenticate"))

    client.post(ask, {"code": totp_code(app, step=1)})

    assert client.get(reverse("mfa_generate_recovery_codes")).status_code == 200


def test_a_stranger_does_not_touch_anybodys_passkey(user, other):
    passkey = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Laptop"})

    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert other.get(reverse(name, args=[passkey.pk])).status_code == 404
        assert other.post(reverse(name, args=[passkey.pk]), {"name": "x"}).status_code == 404
    passkey.refresh_from_db()
    assert passkey.data["name"] == "Laptop"


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        "null",
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}),
        json.dumps(
            {
                "id": "AA",
                "rawId": "AA",
                "type": "public-key",
                "response": {
                    "clientDataJSON": "AA",
                    "authenticatorData": "AA",
                    "signature": "AA",
                    "userHandle": "AA",
                },
            }
        ),
    ],
)
def test_a_made_up_passkey_signs_nobody_in(user, credential):
    client = browser()
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

    page = client.post(reverse("mfa_login_webauthn"), {"credential": credential})

    assert page.status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_programs_key_needs_no_second_factor(user, app):
    assert program(user).get("/api/v1/people/").status_code == 200


class TestStaff:
    """FACEVERIFY_STAFF_MFA."""

    @pytest.fixture(autouse=True)
    def staff(self, user, settings):
        settings.FACEVERIFY_STAFF_MFA = True
        user.is_staff = True
        user.save()

    def test_staff_without_a_second_factor_can_only_set_one_up(self, owner, user):
        page = owner.get(reverse("people"))
        assert page["Location"] == reverse("mfa_index")
        assert "need a second factor" in owner.get(page["Location"]).content.decode()
        assert owner.get("/api/v1/people/").json()["code"] == "second_factor_required"

        set_up_app(owner)
        assert owner.get(reverse("people")).status_code == 200

    def test_others_and_programs_are_not_asked(self, other, user):
        assert other.get(reverse("people")).status_code == 200
        assert program(user).get("/api/v1/people/").status_code == 200

    def test_the_password_can_be_changed_without(self, owner):
        assert owner.get(reverse("account_change_password")).status_code == 200


def test_the_operator_removes_lost_factors(owner, user, app, capsys):
    call_command("remove_factors", user.email.upper())

    assert "Removed 2" in capsys.readouterr().out
    assert not is_in(owner)
    assert is_in(password_only(user))

    for address, why in ((user.email, "no second factor"), ("nobody@example.org", "No account")):
        with pytest.raises(CommandError, match=why):
            call_command("remove_factors", address)


def test_recovery_codes_alone_are_no_second_factor(user):
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": "x"})

    assert not has_factor(user)


def test_keys_made_before_go_on_working_after(user, owner):
    _key, secret = api_key_create(owner=user, name="camera")
    set_up_app(owner)

    answer = Client().get("/api/v1/people/", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200
