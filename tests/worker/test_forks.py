"""A worker replaces a child that was lost, while its main process looks after the rows."""

import pytest

from tests.support.servers import site

# The worker's main process sweeps all the time; another thread, as Celery has one, forks.
SWEEP_AND_FORK = """
import os, signal, threading, types
from accounts.models import User
from faceverify.celery import app
from verification.worker.celery_hooks import start_worker
from verification.worker.sweep import Sweep

start_worker()
timer = types.SimpleNamespace(call_repeatedly=lambda *_: None)
sweep = Sweep(app)
sweep.start(types.SimpleNamespace(hostname="test@localhost", timer=timer))

def fork():
    for _time in range(20):
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # ends a child that hangs
            User.objects.count()
            os._exit(0)
        statuses.append(os.waitpid(child, 0)[1])
        if statuses[-1]:
            break

statuses = []
forks = threading.Thread(target=fork)
forks.start()
while forks.is_alive():
    sweep.sweep()
    forks.join(0.001)
print(len(statuses), max(statuses))
"""


@pytest.mark.server
def test_a_child_forked_beside_a_sweep_can_use_the_database(tmp_path):
    with site(tmp_path) as place:
        said = place.run("manage.py", "shell", "--no-imports", "-c", SWEEP_AND_FORK)

    assert said.split()[-2:] == ["20", "0"], said
