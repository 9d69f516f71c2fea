"""Who runs the site, and what they promise."""

import pytest
from django.core.checks import run_checks
from django.urls import reverse
from django.utils.html import escape

from tests.support.people import words

pytestmark = pytest.mark.django_db


def test_everybody_finds_it_from_every_page(anonymous, owner):
    for page in (
        anonymous.get("/"),
        anonymous.get(reverse("account_signup")),
        owner.get("/people/"),
    ):
        assert reverse("privacy") in page.content.decode()


def test_it_names_the_operator_with_a_link_to_write_to(anonymous, settings):
    settings.FACEVERIFY_OPERATOR_NAME = "Vera <Example>"
    settings.FACEVERIFY_OPERATOR_CONTACT = "vera@example.org"

    page = anonymous.get(reverse("privacy"))

    assert "Vera <Example>" in words(page)
    assert 'href="mailto:vera@example.org"' in page.content.decode()
    assert "For how long, and how to erase it" in words(page)


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "+49 30 123456", '"><script>'])
def test_a_contact_that_is_no_address_is_text(anonymous, settings, contact):
    settings.FACEVERIFY_OPERATOR_CONTACT = contact

    page = anonymous.get(reverse("privacy"))

    assert f'href="{contact}' not in page.content.decode()
    assert escape(contact) in page.content.decode()


def test_the_notice_that_comes_with_it_gives_the_terms_in_force(anonymous, settings):
    settings.FACEVERIFY_UNDO_MINUTES, settings.FACEVERIFY_EXPORT_HOURS = 45, 6
    settings.FACEVERIFY_AUDIT_DAYS = 77

    page = words(anonymous.get(reverse("privacy")))

    assert "for 45 minutes" in page
    assert "after 6 hours" in page
    assert "kept for 77 days" in page


def test_an_own_notice_takes_its_place(anonymous, settings, tmp_path):
    notice = tmp_path / "privacy.md"
    notice.write_text(
        "# Our rules\n\n- *short* & [clear](https://example.org)\n\n"
        "<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://example.org/p.png)\n"
    )
    settings.FACEVERIFY_PRIVACY_NOTICE = notice

    page = anonymous.get(reverse("privacy")).content.decode()

    assert "<h1>Our rules</h1>" in page
    assert '<em>short</em> &amp; <a href="https://example.org">clear</a>' in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img" not in page
    assert "For how long" not in page


def test_one_that_cannot_be_read_stops_the_start_and_breaks_no_page(anonymous, settings, tmp_path):
    settings.FACEVERIFY_PRIVACY_NOTICE = tmp_path / "missing.md"

    assert "accounts.E001" in [problem.id for problem in run_checks()]
    page = anonymous.get(reverse("privacy"))
    assert page.status_code == 200
    assert "cannot be read at present" in words(page)
