"""What workers do, and its limits."""

import os

from .. import env
from .database import DATABASES
from .queue import CELERY_TASK_TIME_LIMIT

# A name or a folder; empty: the recorded model, see verification/engine/record.py.
FACEVERIFY_MODEL = env.text("FACEVERIFY_MODEL")
FACEVERIFY_RUNTIME = env.choice("FACEVERIFY_RUNTIME", "litert", ("litert", "keras"))
FACEVERIFY_THREADS = env.integer("FACEVERIFY_THREADS", 1, low=1, high=64)
# Also for what NumPy calculates, before it is loaded. By itself it starts a thread for each processor, and
# these run idly for milliseconds after each small calculation: a third of a worker's processor time.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, str(FACEVERIFY_THREADS))
# The verdict is "different people" where the probability of the same person is at most this; None:
# the model's own value. From 0.5 on, the verdict would contradict the probability shown with it.
FACEVERIFY_NO_MATCH_CHANCE = env.decimal(
    "FACEVERIFY_NO_MATCH_CHANCE", None, low=0.0001, high=0.4999
)
# How much of galleries stays in the memory that the processes of a machine share for searches.
FACEVERIFY_SEARCH_MEGABYTES = env.integer("FACEVERIFY_SEARCH_MEGABYTES", 2048, low=16, high=1024**2)
FACEVERIFY_TRIES = 3
# A run holds its row a little longer than the hard time limit lets it live.
FACEVERIFY_LEASE_SECONDS = CELERY_TASK_TIME_LIMIT + 10
FACEVERIFY_SWEEP_SECONDS = env.decimal("FACEVERIFY_SWEEP_SECONDS", 5, low=0.1, high=60)
FACEVERIFY_REQUEUE_SECONDS = env.decimal("FACEVERIFY_REQUEUE_SECONDS", 5, low=1, high=3600)
FACEVERIFY_WORKER_LOST_SECONDS = max(15, 3 * FACEVERIFY_SWEEP_SECONDS)
# For so long a deletion, merge, move or split in a gallery can be undone.
FACEVERIFY_UNDO_MINUTES = env.decimal("FACEVERIFY_UNDO_MINUTES", 30, low=0, high=60 * 24 * 30)
# Whether webhooks may lead into private networks. Every user can then make the server send
# requests there.
FACEVERIFY_WEBHOOK_PRIVATE = env.boolean("FACEVERIFY_WEBHOOK_PRIVATE", False)
# The largest ZIP that may be imported, and for how long an export can be downloaded.
FACEVERIFY_IMPORT_MEGABYTES = env.integer("FACEVERIFY_IMPORT_MEGABYTES", 512, low=1, high=4000)
# Servers from which people may be imported although they are not on the open Internet, host or host:port.
FACEVERIFY_IMPORT_HOSTS = env.words("FACEVERIFY_IMPORT_HOSTS")
FACEVERIFY_EXPORT_HOURS = env.decimal("FACEVERIFY_EXPORT_HOURS", 24, low=0, high=24 * 30)
# Requests of one web process that wait for a verdict. Each holds a thread, and with it a connection, of which
# PostgreSQL has few. Whoever may not wait asks again and again, which costs more and is answered later.
FACEVERIFY_WAITERS = env.integer(
    "FACEVERIFY_WAITERS", 32 if "sqlite3" in DATABASES["default"]["ENGINE"] else 4, low=0, high=1000
)
# Requests of one web process that wait for an answer which is not stored, see verification/looks/.
FACEVERIFY_LOOKS = env.integer("FACEVERIFY_LOOKS", 8, low=1, high=1000)
