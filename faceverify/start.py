"""What a web process checks before it serves."""

import logging
import os
import sys
import threading

from django.conf import settings
from django.db import DatabaseError, connections

from verification.engine import ArtifactError
from verification.engine.record import AnotherModel
from verification.model_change.services import settle
from verification.photos.keys import KeysLost, check_keys
from verification.photos.private import StorageUnavailable, private_storage

from . import private_paths

logger = logging.getLogger(__name__)

BOOT_ERROR = (
    3  # with this exit status of a worker process, gunicorn stops instead of starting another
)


def check_keys_and_model() -> None:
    """End this process, with the reason and what to do, if its keys decrypt nothing of what is stored,
    or if its model is not the recorded one.

    A database or a bucket that cannot be reached, or a missing model, does not take the site down: /health/ready
    and the workers check again.
    """
    try:
        private_storage().get_ready()
        check_keys()
        settle()
    except (KeysLost, AnotherModel) as error:
        _end(f"{error.detail} {error.remedy}")
    except ArtifactError as error:
        logger.error("model_not_read detail=%s", error.detail)
    except (DatabaseError, StorageUnavailable) as error:
        logger.error("keys_and_model_not_checked error=%s", type(error).__name__)
    finally:
        connections.close_all()


def warn_of_open_paths() -> None:
    """Say what other users of this machine can read, for web and worker run no system checks."""
    for sentence in private_paths.warnings(settings.FACEVERIFY_PRIVATE_PATHS):
        logger.warning("open_to_others detail=%s", sentence)


def _end(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
    if threading.current_thread() is threading.main_thread():
        sys.exit(BOOT_ERROR)
    os._exit(1)  # under runserver this is a thread: ending it alone would leave an idle process
