"""The error pages"""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from faceverify.api import problems

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def not_debugging(settings):
    settings.DEBUG = False


def test_an_address_that_is_not_there(anonymous):
    page = anonymous.get("/nothing/")

    assert page.status_code == 404
    assert "There is nothing here" in page.content.decode()


def test_an_error_of_ours_has_a_page_that_needs_nothing_that_may_be_broken(owner, monkeypatch):
    def broken(**_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("verification.comparisons.pages.worker_is_alive", broken)

    page = owner.get(reverse("compare"))

    assert page.status_code == 500
    assert "Something broke on our side" in page.content.decode()
    assert "secret detail" not in page.content.decode()


@pytest.mark.parametrize(
    ("handler", "status", "says"),
    [
        (problems.bad_request, 400, "That request could not be read"),
        (problems.permission_denied, 403, "You may not open this"),
    ],
)
def test_other_errors_have_their_own_words(handler, status, says):
    page = handler(RequestFactory().get("/compare/"), Exception("secret detail"))

    assert page.status_code == status
    assert says in page.content.decode()
    assert "secret detail" not in page.content.decode()
