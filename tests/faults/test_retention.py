"""Whoever carries out the rules of retention is killed again and again: nothing stays half erased, and
the receipts say what is gone."""

import json
import random

import psutil
import pytest

from tests.support.servers import eventually, postgres_server, site

SHELL = ("manage.py", "shell", "--no-imports", "-c")
VERDICTS, WITHOUT_PHOTOS, PEOPLE = 20, 20, 3

FILL = f"""
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from tests.support.people import anchor, person
from tests.support.rows import verification
from verification.models import Person, Verification
from verification.retention.rules import rules_set
now = timezone.now()
for name in ("a", "b"):
    user = User.objects.create_user(name + "@example.org")
    rules_set(owner=user, days={{"verdicts": 60, "photos": 30, "people": 1}})
    for number in range({VERDICTS + WITHOUT_PHOTOS}):
        row = verification(user, "done")
        age = timedelta(days=90 if number < {VERDICTS} else 40)
        Verification.objects.filter(pk=row.pk).update(created_at=now - age)
    for number in range({PEOPLE}):
        ended = person(user, f"Person {{number}}")
        anchor(ended, seed=number)
        Person.objects.filter(pk=ended.pk).update(consent_until=now.date() - timedelta(days=9))
"""

# Small portions, so that most kills come in the middle of one.
KILL = """
import os, random, signal, time
from django.db import connections
from verification.models import RetentionRun
from verification.retention.kinds import KINDS
from verification.retention.runs import run_is_due, run_rules
for kind in KINDS.values():
    object.__setattr__(kind, "portion", 1)
rng, killed = random.Random(7), 0
while killed < 25 and run_is_due():
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        run_rules(seconds=60)
        os._exit(0)
    time.sleep(rng.uniform(0.02, 0.25))
    os.kill(pid, signal.SIGKILL)
    killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
print(killed)
"""

DUE = "from verification.retention.runs import run_is_due; print(run_is_due())"

LOOK = """
import json
from collections import Counter
from datetime import timedelta
from django.conf import settings
from accounts.chain.checking import verify
from verification.jobs import files
from verification.jobs.signals import prune
from verification.models import Erased, Person, Receipt, Verification
from verification.upkeep import integrity
files.SAFE_AGE = integrity.SAFE_AGE = timedelta(0)
for _receiver, result in prune.send_robust(sender=None):
    assert isinstance(result, dict), result
told = Counter()
for receipt in Receipt.objects.all():
    told.update({f"{receipt.reason} {what}": number for what, number in receipt.counts.items()})
print(json.dumps({
    "verdicts": Verification.objects.count(),
    "with photos": Verification.objects.exclude(probe_image="", reference_image="").count(),
    "people": Person.all_objects.count(),
    "files": sum(path.is_file() for path in settings.MEDIA_ROOT.rglob("*")),
    "receipts": told,
    "chain": verify(Receipt).intact,
    "faults": Counter(found.kind for found in integrity.check()),
    "not listed": Erased.objects.filter(listed=False).count(),
}))
"""


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_the_nightly_run_is_killed_many_times(tmp_path, kind):
    if kind == "sqlite":
        with site(tmp_path) as place:
            killed_until_finished(place)
    else:
        with postgres_server() as url, site(tmp_path, DATABASE_URL=url) as place:
            killed_until_finished(place)


def killed_until_finished(place) -> None:
    rng = random.Random(3)
    place.start_web()  # which notes the model that is served
    place.run(*SHELL, FILL)

    killed = int(place.run(*SHELL, KILL).splitlines()[-1])
    assert killed >= 20
    for _time in range(3):
        place.start_worker(wait=False)
        victims = eventually(lambda: place.worker_processes()[1:], "a child of the worker")
        psutil.wait_procs(victims, timeout=rng.uniform(1, 6))  # it works meanwhile
        place.kill_worker()
    place.start_worker()
    eventually(
        lambda: place.run(*SHELL, DUE).splitlines()[-1] == "False", "the end of the run", 300
    )
    place.stop_worker()

    said = json.loads(place.run(*SHELL, LOOK).splitlines()[-1])
    receipts = said.pop("receipts")
    assert said == {
        "verdicts": 2 * WITHOUT_PHOTOS,
        "with photos": 0,
        "people": 0,
        "files": 0,
        "chain": True,
        "faults": {},
        "not listed": 0,
    }
    assert receipts["rule verdicts"] == 2 * VERDICTS
    assert receipts["consent people"] == 2 * PEOPLE
    # The photos of verdicts that went whole are erased first, by the rule for photos.
    assert receipts["rule verdicts_without_photos"] == 2 * (VERDICTS + WITHOUT_PHOTOS)
    assert receipts["rule photos"] == 4 * (VERDICTS + WITHOUT_PHOTOS)
