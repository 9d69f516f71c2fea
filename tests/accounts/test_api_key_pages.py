"""/account/keys/"""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiKey
from accounts.selectors import api_key_find
from accounts.services import api_key_create, api_key_revoke
from tests.support.present import present

URL = "/account/keys/"

pytestmark = pytest.mark.django_db


def test_a_new_key_is_shown_once_and_works(owner, user):
    page = owner.post(URL, {"name": "Door camera", "scopes": ["verify"], "expires": "30"})

    assert page.status_code == 201
    secret = re.findall(r'<code id="secret">(fv_[^<]+)</code>', page.content.decode())[0]
    key = present(api_key_find(secret=secret))
    assert (key.owner, key.scopes) == (user, ["verify"])
    assert timedelta(days=29) < present(key.expires_at) - timezone.now() <= timedelta(days=30)
    assert "no-store" in page["Cache-Control"]
    again = owner.get(URL).content.decode()
    assert "Door camera" in again
    assert secret not in again


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "Give the key a name"), ("   ", "Give the key a name"), ("x" * 101, "at most 100")],
)
def test_a_bad_name_is_told_at_its_field(owner, name, says):
    page = owner.post(URL, {"name": name, "scopes": ["verify"]})

    assert page.status_code == 422
    assert says in re.findall(r'id="id_name_error">(.*?)</div>', page.content.decode(), re.S)[0]
    assert not ApiKey.objects.exists()


def test_the_list_says_which_keys_no_longer_work(owner, user):
    api_key_create(owner=user, name="working")
    api_key_revoke(key=api_key_create(owner=user, name="ended")[0])
    old = api_key_create(owner=user, name="old")[0]
    ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=1))

    page = owner.get(URL).content.decode()

    assert page.count("Revoked</span>") == 1
    assert page.count("Expired</span>") == 1
    assert page.count("Revoke<span") == 1


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_a_key_without_a_known_scope_is_told_at_its_field(owner, scopes):
    page = owner.post(URL, {"name": "camera", "scopes": scopes})

    assert page.status_code == 422
    assert re.search(r'id="id_scopes_error">.*?Choose', page.content.decode(), re.S)
    assert not ApiKey.objects.exists()


def test_rotating_shows_a_new_key_once_while_the_old_one_still_works(owner, user):
    key, old = api_key_create(owner=user, name="camera", scopes=["verify"])
    url = reverse("api_key_rotate", args=[key.pk])
    assert "keeps working" in owner.get(url).content.decode()

    page = owner.post(url, {"overlap_hours": "24"})

    assert page.status_code == 201
    new = re.findall(r'<code id="secret">(fv_[^<]+)</code>', page.content.decode())[0]
    assert present(api_key_find(secret=new)).scopes == ["verify"]
    assert api_key_find(secret=old) == key
    assert "Replaced by a new key; ends" in page.content.decode()
    again = owner.post(url, {"overlap_hours": "24"}, follow=True).content.decode()
    assert "not rotated yet" in again
    assert ApiKey.objects.count() == 2


def test_an_overlap_that_is_not_offered_is_told(owner, user):
    key, _secret = api_key_create(owner=user, name="camera")

    page = owner.post(reverse("api_key_rotate", args=[key.pk]), {"overlap_hours": "9999"})

    assert page.status_code == 422
    assert "Choose from the list" in page.content.decode()
    assert ApiKey.objects.count() == 1


def test_revoke_asks_first_and_then_ends_the_key(owner, user):
    key, secret = api_key_create(owner=user, name="camera")
    url = reverse("api_key_revoke", args=[key.pk])

    assert "cannot be brought back" in owner.get(url).content.decode()
    assert api_key_find(secret=secret)

    page = owner.post(url, follow=True)
    assert "is revoked" in page.content.decode()
    assert api_key_find(secret=secret) is None


def test_the_number_of_queries_does_not_grow(owner, user, django_assert_num_queries):
    for n in range(5):
        api_key_create(owner=user, name=f"{n}")

    with django_assert_num_queries(4):  # session, user, galleries, keys
        owner.get(URL)


def test_a_stranger_sees_and_revokes_nothing(other, user):
    key, secret = api_key_create(owner=user, name="camera")

    assert "camera" not in other.get(URL).content.decode().split("Your keys")[1]
    for page in ("api_key_revoke", "api_key_rotate"):
        answer = other.post(reverse(page, args=[key.pk]), {"overlap_hours": "0"})
        assert answer.status_code == 404
    assert api_key_find(secret=secret)


def test_anonymous_is_asked_to_sign_in_and_makes_nothing(anonymous, user):
    key, secret = api_key_create(owner=user, name="camera")

    for answer in (
        anonymous.get(URL),
        anonymous.post(URL, {"name": "x"}),
        anonymous.post(reverse("api_key_revoke", args=[key.pk])),
        anonymous.post(reverse("api_key_rotate", args=[key.pk]), {"overlap_hours": "0"}),
    ):
        assert answer["Location"].startswith(reverse("account_login"))
    assert list(ApiKey.objects.all()) == [key]
    assert api_key_find(secret=secret)
