"""A database at an earlier migration, for the tests of what later ones do to what is stored."""

from contextlib import contextmanager

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@contextmanager
def migrations(app: str):
    """Gives a function: the name of a migration of the app -> its models, the database being there.

    Ends at the latest migrations of every app, whatever happens: going back takes back what depends on
    it in other apps too.
    """

    def at(name: str):
        MigrationExecutor(connection).migrate([(app, name)])
        loader = MigrationExecutor(connection).loader
        # The tables of other apps stay as they are, unless they depend on what was taken back.
        others = [leaf for leaf in loader.graph.leaf_nodes() if leaf[0] != app]
        there = [leaf for leaf in others if leaf in loader.applied_migrations]
        return loader.project_state([(app, name), *there]).apps

    try:
        yield at
    finally:
        latest = MigrationExecutor(connection)
        latest.migrate(latest.loader.graph.leaf_nodes())
