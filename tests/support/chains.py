"""Chains in tests that leave nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

from accounts.chain import triggers
from accounts.chain.models import ChainedEntry


@contextmanager
def chains_unprotected() -> Iterator[None]:
    """Without the triggers of all chains."""
    models = [model for model in apps.get_models() if issubclass(model, ChainedEntry)]
    for model in models:
        triggers.drop(connection, model)
    yield
    for model in models:
        triggers.create(connection, model)
