"""Fixtures for every test."""

import shutil

import pytest
from django.conf import settings
from django.core.cache import cache


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


def pytest_unconfigure(config):
    home = getattr(settings, "TEST_HOME", None) if settings.configured else None
    if home:
        shutil.rmtree(home, ignore_errors=True)
