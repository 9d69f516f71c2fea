"""Photos as they come in: decoded, turned upright, and free of metadata. Loads no model."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ml import images
from ml.errors import ArtifactError, DecodersBusy, ImageRefused

from ..text.sentences import sentence

OUR_FAULT = sentence("Something went wrong on our side while the photo was read.")
TRY_ALONE = sentence("Try this photo alone, or use another copy of it.")

MAX_BYTES = images.MAX_BYTES

logger = structlog.get_logger(__name__)


def sanitize(data: bytes) -> bytes:
    """The photo upright, as a JPEG without any metadata. Raises ImageRefused, DecodersBusy."""
    return images.sanitize(data)


@contextmanager
def one_of_many() -> Iterator[None]:
    """Turns an unexpected error about one photo into a refusal of that photo, so that the others of
    its batch go on.

    Raises ImageRefused for everything but what is not the photo's fault: a model or a file that
    cannot be read.
    """
    try:
        yield
    except (ImageRefused, ArtifactError, DecodersBusy, OSError):
        raise
    except Exception as error:
        logger.error("photo_failed", error=type(error).__name__)
        raise ImageRefused(
            "photo_failed",
            OUR_FAULT,
            TRY_ALONE,
        ) from error
