"""Fixtures for every test."""

import shutil

import pytest
from django.conf import settings
from django.core.cache import cache

from tests.support.clients import browser, program


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Rate limits are counted in the cache: no test pays for another."""
    cache.clear()


@pytest.fixture
def user(db, django_user_model):
    return django_user_model.objects.create_user("owner@example.org", "correct horse 9")


@pytest.fixture
def stranger(db, django_user_model):
    return django_user_model.objects.create_user("stranger@example.org", "correct horse 9")


@pytest.fixture
def anonymous():
    """A browser in which nobody is signed in."""
    return browser()


@pytest.fixture
def owner(user):
    """The browser of the user."""
    return browser(user)


@pytest.fixture
def other(stranger):
    """The browser of someone else who has an account."""
    return browser(stranger)


@pytest.fixture
def anonymous_api():
    """A program without an API key."""
    return program()


@pytest.fixture
def api(user):
    """A program with an API key of the user's."""
    return program(user)


@pytest.fixture
def stranger_api(stranger):
    """A program with an API key of someone else's."""
    return program(stranger)


def pytest_unconfigure(config):
    home = getattr(settings, "TEST_HOME", None) if settings.configured else None
    if home:
        shutil.rmtree(home, ignore_errors=True)
