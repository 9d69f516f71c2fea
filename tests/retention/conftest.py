"""A media folder of its own for each test, so that what is in it can be counted."""

import pytest


@pytest.fixture(autouse=True)
def own_folder(media):
    pass


@pytest.fixture
def committing(django_capture_on_commit_callbacks):
    """A context in which what waits for the end of the transaction is done at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
