"""Whether this web process has been told to stop, see faceverify/gunicorn_worker.py."""

import threading

_begun = threading.Event()

begin = _begun.set
has_begun = _begun.is_set
