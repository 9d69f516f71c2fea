"""What a server of S3 says went wrong, as errors of ours. Its own words name the object: they go nowhere."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from .private import StorageUnavailable

logger = structlog.get_logger(__name__)

MISSING = {"NoSuchKey", "404", "NotFound", "NoSuchUpload"}
# ConditionalRequestConflict: another one was being looked at for the same object. InvalidRange: an
# object without bytes, which has no first one.
CONDITION = {"PreconditionFailed", "ConditionalRequestConflict", "412", "InvalidRange", "416"}
FULL = {"XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity", "507"}


class ConditionNotMet(Exception):
    """What had a condition was not done."""


@contextmanager
def told(name: str = "") -> Iterator[None]:
    """Raises FileNotFoundError, ConditionNotMet and StorageUnavailable in the place of the client's
    errors."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None
        if code in CONDITION:
            raise ConditionNotMet from None
        raise _unavailable(
            code or "no code", errno.ENOSPC if code in FULL else errno.ENXIO
        ) from None
    except (
        BotoCoreError
    ) as error:  # no connection, no answer in time, half an answer, no credentials
        raise _unavailable(type(error).__name__) from None


def _unavailable(why: str, number: int = errno.ENXIO) -> StorageUnavailable:
    logger.warning("s3_failed", code=why)
    return StorageUnavailable(why, number)
