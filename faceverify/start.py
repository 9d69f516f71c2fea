"""What a web process looks at before it serves."""

import logging
import os
import sys
import threading

from django.db import DatabaseError, connections

from verification.engine import ArtifactError
from verification.engine.record import AnotherModel
from verification.model_change.services import settle

logger = logging.getLogger(__name__)

BOOT_ERROR = 3  # at this status of a process it started, gunicorn ends instead of trying again


def compare_the_model() -> None:
    """End this process, with the reason and the ways out, if its model is not the recorded one.

    A database out of reach, or no model yet, does not take the site down: /health/ready and the
    workers look again.
    """
    try:
        settle()
    except AnotherModel as error:
        _end(f"{error.detail} {error.remedy}")
    except ArtifactError as error:
        logger.error("model_not_read detail=%s", error.detail)
    except DatabaseError as error:
        logger.error("model_not_compared error=%s", type(error).__name__)
    finally:
        connections.close_all()


def _end(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
    if threading.current_thread() is threading.main_thread():
        sys.exit(BOOT_ERROR)
    os._exit(1)  # runserver serves in a thread, whose end would leave a process that serves nothing
