"""GET /"""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_a_visitor_learns_what_it_does_and_what_not(anonymous):
    page = anonymous.get("/")

    assert page.status_code == 200
    text = page.content.decode()
    assert "Do two photos show the same person?" in text
    assert "An answer is an estimate" in text
    assert "deleting a comparison deletes its photos" in text
    assert reverse("account_signup") in text
    assert reverse("account_login") in text


def test_someone_signed_in_goes_to_the_comparison(owner):
    assert owner.get("/")["Location"] == reverse("compare")


def test_every_page_forbids_inline_scripts_and_other_origins(anonymous):
    policy = anonymous.get("/")["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
