"""A site for scripts that measure."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import Site, site


@contextmanager
def measured_site(**environment: str) -> Iterator[Site]:
    """As it is deployed, with one web process and one worker, and without what tests hurry."""
    with tempfile.TemporaryDirectory(prefix="faceverify-measured-") as folder:
        with site(
            Path(folder),
            tables=True,
            FACEVERIFY_DEBUG="false",
            FACEVERIFY_LOG_LEVEL="WARNING",
            FACEVERIFY_SWEEP_SECONDS="5",
            FACEVERIFY_REQUEUE_SECONDS="30",
            **environment,
        ) as place:
            yield place.start_web().start_worker()
