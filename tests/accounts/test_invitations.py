"""Sign-up that is open, by invitation or closed; invitations, and the links that let people in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
import requests
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db.models.signals import post_save
from django.urls import reverse
from django.utils import timezone

from accounts.administrators import administrator_make
from accounts.invitations import selectors, services
from accounts.invitations.models import Invitation
from accounts.invitations.services import invitation_create
from accounts.models import User
from tests.support.clients import browser
from tests.support.people import words
from tests.support.servers import site

pytestmark = pytest.mark.django_db
PASSWORD = "battery 7 staple"


@pytest.fixture(autouse=True)
def by_invitation(settings):
    settings.FACEVERIFY_SIGN_UP = "invitation"
    settings.FACEVERIFY_OPERATOR_NAME = "Vera Example"
    settings.FACEVERIFY_OPERATOR_CONTACT = "vera@example.org"


def link(**fields) -> str:
    return reverse("invitation", args=[invitation_create(invited_by=None, **fields)[1]])


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def sign_up(client, email: str = "new@example.org"):
    form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), form)


def test_open_sign_up_needs_nothing(anonymous, settings):
    settings.FACEVERIFY_SIGN_UP = "open"

    assert reverse("account_signup") in anonymous.get("/").content.decode()
    assert sign_up(anonymous).status_code == 302
    assert User.objects.get().email == "new@example.org"


@pytest.mark.parametrize(
    ("mode", "told"), [("invitation", "you need an invitation"), ("closed", "No new accounts")]
)
def test_otherwise_nobody_gets_in_alone_and_the_page_says_whom_to_ask(
    anonymous, settings, mode, told
):
    settings.FACEVERIFY_SIGN_UP = mode

    assert reverse("account_signup") not in anonymous.get("/").content.decode()
    for page in (anonymous.get(reverse("account_signup")), sign_up(anonymous)):
        assert told in words(page)
        assert "Vera Example ( vera@example.org )" in words(page)
    assert not User.objects.exists()


def test_an_invitation_lets_one_in(anonymous):
    where = link()
    assert "Create account" in words(anonymous.get(where))

    assert sign_up(anonymous).status_code == 302

    (invitation,) = selectors.invitation_list()
    assert invitation.state == "used"
    assert [use.user for use in invitation.used_by.all()] == [User.objects.get()]
    late = browser()
    assert late.get(where).status_code == 410
    sign_up(late, "late@example.org")
    assert User.objects.count() == 1


def test_opening_the_link_uses_nothing_up(anonymous):
    """Programs that look at mails open every link in them."""
    where = link()

    for _ in range(3):
        assert browser().get(where).status_code == 200

    anonymous.get(where)
    assert sign_up(anonymous).status_code == 302


def test_of_two_who_hold_the_link_the_second_is_told(anonymous):
    where, second = link(), browser()
    anonymous.get(where)
    second.get(where)
    sign_up(anonymous)

    page = sign_up(second, "second@example.org")

    assert "By invitation only" in words(page)
    assert User.objects.count() == 1


def test_an_account_is_not_made_if_the_last_place_goes_at_that_moment(user, anonymous):
    """Between the check of the form and the use of the invitation."""
    anonymous.get(link())

    def somebody_was_faster(**_kwargs):
        Invitation.objects.update(used=1)

    post_save.connect(somebody_was_faster, sender=User)
    try:
        page = sign_up(anonymous)
    finally:
        post_save.disconnect(somebody_was_faster, sender=User)

    assert page.status_code == 410
    assert "It has been used already" in words(page)
    assert list(User.objects.all()) == [user]
    assert not is_signed_in(anonymous)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "It has expired."),
        ({"revoked_at": timezone.now()}, "It was withdrawn."),
    ],
)
def test_what_became_of_a_link_is_told_even_after_it_was_opened(anonymous, change, told):
    where = link()
    anonymous.get(where)
    Invitation.objects.update(**change)

    sign_up(anonymous)
    page = anonymous.get(where)

    assert not User.objects.exists()
    assert page.status_code == 410
    assert told in words(page)


def test_a_wrong_link_tells_nothing(anonymous, user):
    link(email="known@example.org")

    page = anonymous.get(reverse("invitation", args=["A" * 43]))

    assert page.status_code == 404
    assert "There is no invitation with this link" in words(page)
    assert "known@example.org" not in words(page)


def test_an_invitation_for_an_address_takes_no_other(anonymous):
    anonymous.get(link(email="Ada@Example.org"))

    page = sign_up(anonymous, "eve@example.org")
    assert "The invitation is for ada@example.org." in words(page)
    assert not User.objects.exists()

    assert sign_up(anonymous, "ada@example.org").status_code == 302
    assert not EmailAddress.objects.get().verified  # the link may have come another way


def test_one_that_came_by_mail_proves_the_address(anonymous, mailoutbox):
    invitation, token = invitation_create(invited_by=None, email="ada@example.org")
    assert services.invitation_mail(invitation=invitation, token=token)
    assert token in str(mailoutbox[0].body)

    anonymous.get(reverse("invitation", args=[token]))
    sign_up(anonymous, "ada@example.org")

    assert EmailAddress.objects.get().verified


def test_allowed_domains_bind_all_but_an_invited_address(settings):
    settings.FACEVERIFY_SIGN_UP_DOMAINS = ["example.com"]
    one, two = browser(), browser()
    one.get(link())
    two.get(link(email="guest@example.org"))

    for address in ("a@example.org", "a@sub.example.com", "a@example.com.evil.org"):
        assert "Use an address of one of these domains: example.com." in words(
            sign_up(one, address)
        )
    assert sign_up(one, "a@EXAMPLE.com").status_code == 302
    assert sign_up(two, "guest@example.org").status_code == 302


def test_closed_means_that_invitations_neither_are_made_nor_work(anonymous, settings):
    where = link()
    anonymous.get(where)
    settings.FACEVERIFY_SIGN_UP = "closed"

    sign_up(anonymous)

    assert not User.objects.exists()
    assert anonymous.get(where).status_code == 410
    with pytest.raises(ValidationError, match="Sign-up is closed"):
        invitation_create(invited_by=None)


def test_one_for_staff_makes_an_administrator_of_a_new_user(anonymous):
    anonymous.get(link(staff=True))

    sign_up(anonymous)

    assert User.objects.get().is_staff


def test_or_of_a_user_who_agrees(owner, user):
    where = link(staff=True)
    assert "Make owner@example.org an administrator" in words(owner.get(where))
    user.refresh_from_db()
    assert not user.is_staff

    owner.post(where)

    user.refresh_from_db()
    assert user.is_staff
    assert owner.post(where).status_code == 410


@pytest.mark.parametrize("fields", [{}, {"staff": True, "email": "else@example.org"}])
def test_but_of_nobody_whom_it_is_not_for(owner, user, fields):
    where = link(**fields)

    page = owner.post(where)

    assert "sign out" in words(page)
    user.refresh_from_db()
    assert not user.is_staff
    assert Invitation.objects.get().used == 0


def test_only_a_digest_of_the_link_is_stored():
    invitation, token = invitation_create(invited_by=None)

    assert token not in str(Invitation.objects.values().get())
    assert selectors.invitation_find(token=token) == invitation


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": "owner@example.org"}, "email"),
        ({"email": "a@example.org", "uses": 2}, "uses"),
        ({"uses": 0}, "uses"),
        ({"uses": 100_000}, "uses"),
        ({"days": 0}, "days"),
        ({"days": 1e9}, "days"),
    ],
)
def test_what_cannot_be_is_refused_by_name(user, fields, field):
    with pytest.raises(ValidationError) as error:
        invitation_create(invited_by=user, **fields)

    assert list(error.value.message_dict) == [field]
    assert not Invitation.objects.exists()


def test_revoking_keeps_the_first_time():
    invitation, _token = invitation_create(invited_by=None)

    first = services.invitation_revoke(invitation=invitation).revoked_at

    assert first is not None
    assert services.invitation_revoke(invitation=invitation).revoked_at == first


def test_the_command_prints_a_link_that_works(anonymous):
    out = StringIO()

    call_command("invite", "--staff", "--email", "ada@example.org", stdout=out)

    path = out.getvalue().strip().removeprefix("http://127.0.0.1:8000")
    assert "administrator" in words(anonymous.get(path))


def test_the_command_says_what_is_wrong():
    with pytest.raises(CommandError, match="not an email address"):
        call_command("invite", "--email", "nonsense")


def test_an_administrator_of_today_is_no_reason_against_inviting_another(user, anonymous):
    administrator_make(user=user)

    anonymous.get(link(staff=True))
    sign_up(anonymous)

    assert User.objects.filter(is_staff=True).count() == 2


@pytest.mark.server
def test_of_many_at_the_same_moment_one_gets_in(tmp_path):
    with site(tmp_path, FACEVERIFY_SIGN_UP="invitation") as place:
        place.start_web()
        url = place.run("manage.py", "invite").strip().partition("/accounts/")[2]

        def holder() -> requests.Session:
            session = requests.Session()
            session.get(f"{place.url}/accounts/{url}", timeout=60).raise_for_status()
            page = session.get(f"{place.url}/accounts/signup/", timeout=60).text
            session.headers["X-CSRFToken"] = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]  # fmt: skip
            return session

        def send(number: int) -> int:
            form = {"email": f"p{number}@example.org", "password1": PASSWORD, "password2": PASSWORD}
            return holders[number].post(
                f"{place.url}/accounts/signup/", form, timeout=60, allow_redirects=False
            ).status_code  # fmt: skip

        holders = [holder() for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(send, range(8)))

        made = place.ask("from accounts.models import User; print(User.objects.count())")
        assert made.strip() == "1"
        assert answers.count(302) == 1
        assert set(answers) <= {200, 302, 410}
        assert url.split("/")[1] not in place.log("web")
