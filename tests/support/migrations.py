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
        executor = MigrationExecutor(connection)
        executor.migrate([(app, name)])
        return executor.loader.project_state([(app, name)]).apps

    try:
        yield at
    finally:
        latest = MigrationExecutor(connection)
        latest.migrate(latest.loader.graph.leaf_nodes())
