"""The frame of every page: where one is, the way back, and the links that are everywhere."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

import faceverify
from tests.support.rows import verification
from verification.gallery.services import person_create

pytestmark = pytest.mark.django_db

BELOW_ACCOUNT = (
    "/account/keys/",
    "/account/sessions/",
    "/account/activity/",
    "/account/webhooks/",
    "/accounts/2fa/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/privacy/",
    "/model/",
    "/account/retention/",
    "/account/downloads/",
)


def marked(page: str) -> list[str]:
    """The entries of the main menu that are marked as the present ones."""
    (menu,) = re.findall(r'<nav class="site-nav.*?</nav>', page, re.DOTALL)
    return re.findall(r'aria-current="page">.*?<span>(\w+)</span>', menu, re.DOTALL)


@pytest.mark.parametrize("address", BELOW_ACCOUNT)
def test_a_page_of_the_account_marks_it_and_leads_back(owner, address):
    page = owner.get(address, follow=True).content.decode()

    assert marked(page) == ["Account"]
    assert re.search(r'<nav class="crumbs[^>]*><a href="/account/">Account</a>', page)


def test_the_account_page_itself_has_no_way_back_to_itself(owner):
    assert 'class="crumbs' not in owner.get("/account/").content.decode()


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("pair", "Compare"),
        ("photos", "Compare"),
        ("person", "People"),
        ("identify", "Identify"),
        ("group", "Identify"),
    ],
)
def test_a_result_belongs_to_where_it_was_asked(owner, user, kind, section):
    asked: dict[str, Any] = (
        {"person": person_create(owner=user, name="Ada")} if kind == "person" else {}
    )
    row = verification(user, kind=kind, **asked)

    for address in (f"/verifications/{row.pk}/", f"/verifications/{row.pk}/delete/"):
        assert marked(owner.get(address).content.decode()) == [section]


def test_many_pairs_are_a_tab_of_comparing(owner):
    page = owner.get("/batches/").content.decode()

    assert '<a href="/batches/" aria-current="page">Many pairs</a>' in page
    assert '<a href="/batches/">Many pairs</a>' in owner.get("/compare/").content.decode()


def test_the_start_page_can_be_reached_by_someone_signed_in(owner):
    page = owner.get(reverse("how_it_works")).content.decode()

    assert "Do two photos show the same person?" in page
    assert "Create account" not in page


@pytest.mark.parametrize("address", ["/", "/privacy/", "/accounts/login/"])
def test_the_foot_of_a_page_leads_to_what_everybody_may_ask(anonymous, address):
    page = anonymous.get(address).content.decode()
    foot = page[page.index('class="site-footer') :]

    for link in (reverse("how_it_works"), reverse("privacy"), reverse("api:docs")):
        assert f'href="{link}"' in foot
    assert f"Version {faceverify.__version__}" in foot


def test_the_reference_of_the_api_leads_home(anonymous, owner):
    for client in (anonymous, owner):
        assert 'href="/">faceverify</a>' in client.get(reverse("api:docs")).content.decode()


def test_the_version_is_that_of_the_project():
    project = tomllib.loads(Path(settings.BASE_DIR, "pyproject.toml").read_text())["project"]

    assert faceverify.__version__ == project["version"]
