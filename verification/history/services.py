"""Writes: delete what is selected, or all that match."""

import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.models import User

from ..batches.models import Batch
from ..batches.services import batch_delete
from ..comparisons.services import verifications_delete
from .selectors import Entries

AT_A_TIME = 50
# Well within the time that a web process may take for one request.
SECONDS = 15.0


def entries_delete(
    *, owner: User, comparisons: Iterable[UUID] = (), batches: Iterable[UUID] = ()
) -> int:
    """Delete those of these that are the owner's, with their photos and results; the number deleted."""
    count = verifications_delete(owner=owner, ids=comparisons)
    for batch in Batch.objects.filter(owner=owner, pk__in=list(batches)):
        batch_delete(batch=batch)
        count += 1
    return count


def matching_delete(
    *, owner: User, entries: Entries, until: datetime, seconds: float = SECONDS
) -> tuple[int, int]:
    """Delete all entries made until then, newest first, for as long as there is time: the number deleted, and
    the number left."""
    begun, deleted = time.monotonic(), 0
    these = entries.made_until(until)
    while keys := list(these.keys()[:AT_A_TIME]):
        gone = entries_delete(
            owner=owner,
            comparisons=[pk for pk, _at, is_batch in keys if not is_batch],
            batches=[pk for pk, _at, is_batch in keys if is_batch],
        )
        deleted += gone
        if not gone or time.monotonic() - begun > seconds:
            break
    return deleted, these.count()
